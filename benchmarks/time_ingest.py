"""Time a first fetch, a month's update and a run with nothing new, from publishers played on loopback.

The rows of tests/samples are repeated to the publishers' usual sizes: 300,000 events in the yearly GED, 2,500 in a
Candidate month, 80 countries of 20,000 prices, 100,000 reported events in a GDELT day, 1,700 in a quarter of an hour.
Run: `.venv/bin/python -m benchmarks.time_ingest` on an idle machine.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.markdown import fill_section
from data.calendar import now
from data.reference_tables import units
from data.settings import REPOSITORY
from tests import editions
from tests.publishers import Publishers, serve
from training.tracking.code_version import commit

_CHILD = """
from serving.cli.main import main
try:
    main()
finally:
    # Not ru_maxrss, which begins with what the process had that started this one.
    import re, sys
    print(re.search(r"VmHWM:.*", open("/proc/self/status").read())[0], file=sys.stderr)
"""
DAY_ROWS, QUARTER_ROWS, GED_ROWS, MONTH_ROWS, PRICE_ROWS, COUNTRIES = 100_000, 1_700, 300_000, 2_500, 20_000, 80


def publish(play: Publishers, days: int, quarters: int) -> None:
    """Put everything out at the publishers' sizes."""
    editions.publish_all(play)
    editions.publish_gdelt(play, days, quarters)
    ged = play.files[play.key(editions.MONTHS[0])]
    for path in [path for path in play.files if "GEDEvent_v" in path]:
        play.files[path] = grow(play.files[path], MONTH_ROWS, header=True)
    yearly = grow(ged.replace(b",2024-01-", b",2022-01-"), GED_ROWS, header=True)
    play.put(editions.GED, editions.zipped("GEDEvent_v23_1.csv", yearly))
    _prices(play)
    for path in [path for path in play.files if path.endswith(".export.CSV.zip")]:
        name = path.rpartition("/")[2].removesuffix(".zip")
        quarter = re.match(r"\d{14}", name)
        sample = "gdelt_events/20250301001500.export.CSV" if quarter else "gdelt_daily/20250301.export.CSV"
        raw = editions.sample(sample).replace(b"20250301001500", name[:14].encode())
        raw = raw.replace(b"\t20250301\t", f"\t{name[:8]}\t".encode())
        play.files[path] = editions.zipped(name, grow(raw, QUARTER_ROWS if quarter else DAY_ROWS, header=False))
    _relist(play)


def grow(raw: bytes, rows: int, *, header: bool) -> bytes:
    """Repeat the rows with ids of their own."""
    lines = raw.splitlines()
    top, body = (lines[:1], lines[1:]) if header else ([], lines)
    # An id is what stands before the first separator.
    cut = [re.split(rb"([,\t])", line, maxsplit=1) for line in body]
    salt = int(hashlib.sha256(raw).hexdigest()[:7], 16) * 1000
    grown = (b"".join((b"%d" % (salt + n), *cut[n % len(cut)][1:])) for n in range(rows))
    return b"\n".join([*top, *grown]) + b"\n"


def _prices(play: Publishers) -> None:
    header, tags, *rows = editions.sample("wfp_prices/wfp_food_prices_mli.csv").splitlines()
    first = [row for row in rows if row.startswith(b"2025-01-15")]
    many = []
    for n in range(PRICE_ROWS // len(first)):
        market, month = divmod(n, 180)
        day = b"%d-%02d-15" % (2010 + month // 12, month % 12 + 1)
        many += [row.replace(b"2025-01-15", day).replace(b"Invented market", b"Market %d" % market) for row in first]
    raw = b"\n".join([header, tags, *many]) + b"\n"
    packages = []
    for iso3 in sorted(units()["iso3"])[:COUNTRIES]:
        url = editions.MALI.replace("mli", iso3.lower())
        play.put(url, raw.replace(b"Market ", f"{iso3} ".encode()))
        packages.append({"resources": [{"url": url, "last_modified": "2026-10-20"}]})
    play.redirects.clear()
    play.put(editions.CKAN, {"success": True, "result": {"results": packages}})


def _relist(play: Publishers) -> None:
    """Write GDELT's lists anew for the grown files."""
    files = {path: raw for path, raw in sorted(play.files.items()) if path.endswith(".export.CSV.zip")}
    md5 = {path: hashlib.md5(raw, usedforsecurity=False).hexdigest() for path, raw in files.items()}
    daily = [f"{md5[p]}  {p.rpartition('/')[2]}" for p in files if "/events/" in p]
    quarters = [f"{len(files[p])} {md5[p]} http:/{p}" for p in files if "/gdeltv2/" in p]
    play.put(f"{editions.GDELT}/events/md5sums", "\n".join(daily) + "\n")
    play.put(f"{editions.GDELT}/gdeltv2/masterfilelist.txt", "\n".join(quarters) + "\n")
    play.put(f"{editions.GDELT}/gdeltv2/lastupdate.txt", quarters[-1] + "\n")


@dataclass(frozen=True)
class Run:
    """A run of `chokepoint ingest` in a process of its own: its wall clock, its peak memory and what it said."""

    name: str
    seconds: float
    peak_mb: float
    said: dict[str, Any]

    @property
    def line(self) -> str:
        """One row of the table."""
        new = [file for file in self.said["files"] if file["outcome"] == "new"]
        rows = sum(file["read"] for file in new)
        counts = f"{len(self.said['files']):,} | {len(new):,} | {rows:,}"
        speeds = f"{len(new) / self.seconds:.1f} | {rows / self.seconds:,.0f}"
        return f"| {self.name} | {counts} | {self.seconds:.1f} | {speeds} | {self.peak_mb:,.0f} |"


def run(name: str, play: Publishers, home: str, *arguments: str, interval: float = 0.25) -> Run:
    """Run `chokepoint ingest`, asking a host no oftener than every `interval` seconds."""
    given = {
        "CHOKEPOINT_HOME": home,
        "CHOKEPOINT_MIRRORS": json.dumps(play.mirrors),
        "CHOKEPOINT_FETCH_INTERVAL": str(interval),
    }
    started = time.perf_counter()
    command = [sys.executable, "-c", _CHILD, "ingest", "--json", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, env=os.environ | given, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    return Run(name, seconds, int(done.stderr.split()[-2]) / 1024, json.loads(done.stdout))


def main() -> None:
    """Fetch, add a month, fetch again, ask again, fetch GDELT's past; write the table."""
    with tempfile.TemporaryDirectory() as home, serve() as play:
        publish(play, days=1, quarters=4)
        runs = [run("first fetch", play, home)]
        publish(play, days=30, quarters=96)
        page = play.files[play.key(editions.UCDP)].replace(b"v24_0_3", b"v24_0_4")
        play.put(editions.UCDP, page)
        april = grow(
            editions.sample("ucdp_ged/GEDEvent_v24_0_3.csv").replace(b",2024-03-", b",2024-04-"),
            MONTH_ROWS,
            header=True,
        )
        play.put(f"{editions.UCDP}candidateged/GEDEvent_v24_0_4.csv", april)
        runs += [run("a month's update", play, home), run("nothing new", play, home)]
        gdelt = ("--source", "gdelt_daily", "--source", "gdelt_events")
        runs.append(run("GDELT's past", play, f"{home}/gdelt", *gdelt))
        runs.append(run("GDELT's past, without pauses", play, f"{home}/hasty", *gdelt, interval=0))
        size = Path(home, "snapshots", "manifest.jsonl").stat().st_size / 1e6
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, {os.cpu_count()} cores, rows of tests/samples repeated, a quarter of a second between "
        "requests to one host, panel compiled each time something is new: `.venv/bin/python -m benchmarks.time_ingest`.",
        "",
        "| run | files | new | rows read | seconds | files/s | rows/s | peak MB |",
        "|---|---|---|---|---|---|---|---|",
        *(one.line for one in runs),
        "",
        f"Ledger {size:.1f} MB. GDELT's past: {DAY_ROWS:,} rows a day for 30 days, {QUARTER_ROWS:,} a quarter of an hour for a day.",
    ]
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "ingest", "\n".join(lines))


if __name__ == "__main__":
    main()
