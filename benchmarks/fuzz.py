"""Send ten thousand fuzzed bodies to the running service; a 500 or a lost connection ends it with the body that did it.

Run: `.venv/bin/python benchmarks/fuzz.py` with a retrained home (CHOKEPOINT_HOME); a few minutes. `--seed` and `--count` change which and how many.
"""

import argparse
import http.client
from collections import Counter

from benchmarks.markdown import fill_section
from data.calendar import now
from data.settings import REPOSITORY, settings
from serving.cli.console import bars
from tests.bodies import Sent, bodies
from tests.servers import Server, serving
from training.tracking.code_version import commit


def asked(server: Server, sent: Sent) -> int:
    """Return the status of an answer."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    client.request("POST", sent.path, sent.body, {"Content-Type": sent.kind} if sent.kind else {})
    answer = client.getresponse()
    answer.read()
    client.close()
    return answer.status


def main() -> None:
    """Write what was answered into benchmarks/BENCHMARKS.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    statuses: Counter[int] = Counter()
    with serving(settings().home.resolve(), CHOKEPOINT_RATE="0") as server, bars(quiet=False) as shown:
        for done, sent in enumerate(bodies(given.count, given.seed), 1):
            status = asked(server, sent)
            if status >= 500:
                raise SystemExit(f"{status} for {sent}: {server.said()[-3000:]}")
            statuses[status] += 1
            shown("bodies", done, given.count)
    told = ", ".join(f"{count:,} with {status}" for status, count in sorted(statuses.items()))
    line = f"{now():%Y-%m-%d}, commit `{commit()}`, seed {given.seed}: of {statuses.total():,} bodies {told}; none with 500, no connection lost."
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "fuzz", f"{line} `.venv/bin/python benchmarks/fuzz.py`.")
    print(line)


if __name__ == "__main__":
    main()
