"""Time a first fetch, a month's update and a run with nothing new, from publishers played on loopback.

The rows of tests/samples are repeated to the publishers' usual sizes: 300,000 events in the yearly GED, 2,500 in a
Candidate month, 80 countries of 20,000 prices, 100,000 reported events in a GDELT day, 1,700 in a quarter of an hour.
Run: `.venv/bin/python -m benchmarks.time_ingest` on an idle machine.
"""

import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.write_tables import fill
from data.calendar import now
from data.reference_tables import units
from data.settings import REPOSITORY
from serving.run_note import commit
from tests import editions
from tests.publishers import Publishers, serve

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


def run(play: Publishers, home: str, *arguments: str) -> tuple[float, dict[str, object]]:
    """Run `chokepoint ingest` in a process of its own; return its wall clock and what it said."""
    environment = os.environ | {"CHOKEPOINT_HOME": home, "CHOKEPOINT_MIRRORS": json.dumps(play.mirrors)}
    started = time.perf_counter()
    command = [sys.executable, "-c", "from serving.cli import main; main()", "ingest", "--json", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - started, json.loads(done.stdout)


def line(name: str, seconds: float, said: dict[str, object]) -> str:
    """Return one row of the table."""
    files = [f for f in said["files"] if isinstance(f, dict)] if isinstance(said["files"], list) else []
    new = [f for f in files if f["outcome"] == "new"]
    rows = sum(f["read"] for f in new)
    return f"| {name} | {len(files):,} | {len(new):,} | {rows:,} | {seconds:.1f} | {len(new) / seconds:.1f} | {rows / seconds:,.0f} |"


def main() -> None:
    """Fetch, add a month, fetch again, ask again; write the table."""
    with tempfile.TemporaryDirectory() as home, serve() as play:
        publish(play, days=1, quarters=4)
        table = [line("first fetch", *run(play, home))]
        publish(play, days=30, quarters=96)
        page = play.files[play.key(editions.UCDP)].replace(b"v24_0_3", b"v24_0_4")
        play.put(editions.UCDP, page)
        april = grow(
            editions.sample("ucdp_ged/GEDEvent_v24_0_3.csv").replace(b",2024-03-", b",2024-04-"),
            MONTH_ROWS,
            header=True,
        )
        play.put(f"{editions.UCDP}candidateged/GEDEvent_v24_0_4.csv", april)
        table += [line("a month's update", *run(play, home)), line("nothing new", *run(play, home))]
        for path in Path(home).glob("snapshots/manifest.jsonl"):
            size = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, {os.cpu_count()} cores, rows of tests/samples repeated, a quarter of a second between "
        "requests to one host, panel compiled each time something is new: `.venv/bin/python -m benchmarks.time_ingest`.",
        "",
        "| run | files | new | rows read | seconds | files/s | rows/s |",
        "|---|---|---|---|---|---|---|",
        *table,
        "",
        f"Peak memory {peak:,.0f} MB; ledger {size:.1f} MB.",
    ]
    fill(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "ingest", "\n".join(lines))


if __name__ == "__main__":
    main()
