"""How heavy each page is and how soon a reader can use it, against a service that runs already; into benchmarks/BENCHMARKS.md.

    python benchmarks/time_pages.py http://127.0.0.1:3000

Size is that of page, style sheet and scripts, gzipped at level 6; times are the median of five loads in headless Chromium
with an empty cache. First answers are those of addresses that nobody has asked for since the service started, ten capitals each.
"""

import gzip
import json
import os
import statistics
import sys
import time
import urllib.request

from playwright.sync_api import sync_playwright

from benchmarks.markdown import fill_section
from data.calendar import now
from data.settings import REPOSITORY
from training.tracking.code_version import commit

PAGES = ("/", "/capitals/MLI", "/skill", "/sources")
LOADS = 5
ASKED = ("BFA", "NER", "TCD", "CMR", "SEN", "GIN", "CIV", "GHA", "TGO", "BEN")
TIMES = "performance.getEntriesByType('navigation').map(e => [e.responseEnd, e.domInteractive, e.loadEventEnd])[0]"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def size(base: str, path: str) -> int:
    request = urllib.request.Request(base + path, headers={"accept": "text/html"})  # noqa: S310 - the caller's own service
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        body = answer.read()
        return len(body if answer.headers.get("content-encoding") else gzip.compress(body, 6))


def first_answers(base: str) -> list[str]:
    """Time what the service has to work out: a capital's page, its analogues, a scenario."""
    made = []
    for what, path, body in (
        ("a capital's page", "/capitals/{}?horizon=3", None),
        ("analogues", "/v1/forecasts/{}/analogues?count=21", None),
        ("a scenario", "/v1/scenarios", {"changes": ["capital fighting 21 deaths"]}),
    ):
        times = []
        for code in ASKED:
            data = None if body is None else json.dumps(body | {"iso3": code}).encode()
            request = urllib.request.Request(base + path.format(code), data, {"content-type": "application/json"})  # noqa: S310
            started = time.perf_counter()
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - the caller's own service
                answer.read()
            times.append(1000 * (time.perf_counter() - started))
        made.append(f"| {what} | {statistics.median(times):.0f} | {max(times):.0f} |")
    return made


def loads(base: str) -> list[str]:
    """Load each page in a browser that has seen none."""
    made = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for path in PAGES:
            seen, asked = [], list[str]()
            for _ in range(LOADS):
                page = browser.new_context().new_page()
                asked.clear()
                page.on("request", lambda request, urls=asked: urls.append(request.url))
                page.goto(base + path)
                seen.append(page.evaluate(TIMES))
                page.context.close()
            heavy = sum(size(base, url.removeprefix(base)) for url in asked if url.startswith(base)) / 1000
            answered, interactive, loaded = (statistics.median(times) for times in zip(*seen, strict=True))
            made.append(f"| `{path}` | {heavy:.0f} | {answered:.0f} | {interactive:.0f} | {loaded:.0f} |")
        browser.close()
    return made


def main(base: str) -> None:
    """Write the tables."""
    with urllib.request.urlopen(base + "/v1/capitals") as answer:  # noqa: S310 - the caller's own service
        vintage = json.load(answer)["data_vintage"]
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, data `{vintage}`, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}: `.venv/bin/python benchmarks/time_pages.py`.",
        "",
        "| page | KB compressed, with style and scripts | answered, ms | interactive, ms | loaded, ms |",
        "|---|---|---|---|---|",
        *loads(base),
        "",
        "| first answer, from the client's side | median, ms | longest, ms |",
        "|---|---|---|",
        *first_answers(base),
    ]
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "pages", "\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
