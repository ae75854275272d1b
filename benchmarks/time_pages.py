"""How heavy each page is and how soon a reader can use it: headless Chromium against a service that runs already.

    python benchmarks/time_pages.py http://127.0.0.1:3000

Size is that of page, style sheet and scripts, gzipped at level 6; times are the median of five loads with an empty cache.
"""

import gzip
import statistics
import sys
import urllib.request

from playwright.sync_api import sync_playwright

PAGES = ("/", "/capitals/MLI", "/skill", "/sources")
LOADS = 5
TIMES = "performance.getEntriesByType('navigation').map(e => [e.responseEnd, e.domInteractive, e.loadEventEnd])[0]"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def size(base: str, path: str) -> int:
    request = urllib.request.Request(base + path, headers={"accept": "text/html"})  # noqa: S310 - the caller's own service
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        body = answer.read()
        return len(body if answer.headers.get("content-encoding") else gzip.compress(body, 6))


def main(base: str) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        print(
            "| page | KB compressed, with style and scripts | answered, ms | interactive, ms | loaded, ms |\n|---|---|---|---|---|"
        )
        for path in PAGES:
            loads, asked = [], list[str]()
            for _ in range(LOADS):
                page = browser.new_context().new_page()
                asked.clear()
                page.on("request", lambda request, urls=asked: urls.append(request.url))
                page.goto(base + path)
                loads.append(page.evaluate(TIMES))
                page.context.close()
            heavy = sum(size(base, url.removeprefix(base)) for url in asked if url.startswith(base)) / 1000
            answered, interactive, loaded = (statistics.median(times) for times in zip(*loads, strict=True))
            print(f"| `{path}` | {heavy:.0f} | {answered:.0f} | {interactive:.0f} | {loaded:.0f} |")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
