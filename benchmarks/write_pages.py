"""Take the README's pictures of the pages, from a service that runs already, into docs/pages.

python benchmarks/write_pages.py http://127.0.0.1:3000
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from data.settings import REPOSITORY

FOLDER = REPOSITORY / "docs" / "pages"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COLOURS = 64
"""Enough for pages of few colours; a picture of all colours weighs three times as much."""


@dataclass(frozen=True)
class Shot:
    """A page, from the top or from the place of an element on, in a scheme and a size."""

    name: str
    path: str
    scheme: str = "light"
    width: int = 1100
    height: int = 900
    begin: str = ""


SHOTS = (
    Shot("overview", "/"),
    Shot("capital-dark", "/capitals/UKR", "dark"),
    Shot("what-if", "/capitals/UKR?near_deaths=50", begin="#what-if-heading"),
    Shot("reliability", "/skill", height=420, begin="#reliability"),
    Shot("phone", "/capitals/KEN", width=390, height=844),
)


def main(base: str) -> None:
    """Write every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for shot in SHOTS:
            size = {"width": shot.width, "height": shot.height}
            page = browser.new_context(color_scheme=shot.scheme, viewport=size).new_page()  # type: ignore[arg-type]
            page.goto(base + shot.path)
            if shot.begin:
                page.evaluate("place => document.querySelector(place).scrollIntoView()", shot.begin)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
            path = Path(FOLDER / f"{shot.name}.png")
            picture.save(path, optimize=True)
            print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size / 1000:.0f} KB")
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
