"""Every page in a real browser, on the real service: errors, requests, accessibility, keyboard, phone."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from data.panel.panel import Panel
from serving.app import create_app
from serving.store import Store
from tests.publication import publish

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ("/", "/capitals/MLI", "/capitals/BFA", "/skill", "/sources", "/catalogue", "/docs", "/capitals/XXX")
expect.set_options(timeout=30_000)  # a machine that is busy is no fault of a page
PHONE = {"width": 390, "height": 844}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, panel: Panel) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browsed")
    publish(folder, panel, "2026-10-v1")
    store = Store(folder, lambda: panel)
    assert store.refresh(), store.not_ready_reason
    server = uvicorn.Server(uvicorn.Config(create_app(store), host="127.0.0.1", port=0, log_level="warning"))
    socket = server.config.bind_socket()
    running = threading.Thread(target=server.run, args=([socket],))
    running.start()
    until = monotonic() + 30
    while not server.started and monotonic() < until:
        sleep(0.05)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    running.join(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


class Watched:
    """A browser context that remembers what its pages asked for and complained about."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))


def faults(page: Page) -> list[str]:
    """Return what axe holds to be serious or critical, with the first place of each."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_quiet_asks_nobody_else_and_has_no_serious_fault(
    browser: Browser, base: str, scheme: str
) -> None:
    watched = Watched(browser, color_scheme=scheme, bypass_csp=True)  # axe is a script inside the page
    found = {}
    for path in PAGES:
        watched.page.goto(base + path)
        found[path] = faults(watched.page)
    assert {path: said for path, said in found.items() if said} == {}
    assert [c for c in watched.complaints if "status of 404" not in c] == []  # the page of an unknown capital is one
    assert [url for url in watched.asked if not url.startswith((base, "data:"))] == []


def test_pages_keep_their_own_content_policy(browser: Browser, base: str) -> None:
    watched = Watched(browser)
    for path in PAGES[:-1]:
        watched.page.goto(base + path)
        expect(watched.page.locator("#theme")).to_be_visible()  # the scripts ran
    assert watched.complaints == []


def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, base: str) -> None:
    watched = Watched(browser, viewport=PHONE)
    wide = {}
    for path in PAGES:
        watched.page.goto(base + path)
        wide[path] = watched.page.evaluate("document.documentElement.scrollWidth")
    assert {path: width for path, width in wide.items() if width > PHONE["width"]} == {}


def test_the_keyboard_reaches_the_filters_and_a_choice_shows_at_once(browser: Browser, base: str) -> None:
    page = Watched(browser).page
    page.goto(base + "/")
    reached: list[str] = []
    while "region" not in reached and len(reached) < 30:
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.name || document.activeElement.id || document.activeElement.className"
            )
        )
    assert reached[0] == "skip"
    assert [name for name in reached if name in ("target", "horizon", "region")] == ["target", "horizon", "region"]
    page.locator("select[name=target]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#results caption")).to_have_text("Fighting, ranked by the risk within 6 months")
    assert "target=fighting" in page.url
    expect(page.locator("#status")).to_contain_text("Fighting")


def test_the_keyboard_moves_a_slider_and_the_answer_follows(browser: Browser, base: str) -> None:
    page = Watched(browser).page
    page.goto(base + "/capitals/BFA")
    slider = page.locator("input[name=coups]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#what-if [data-announce]")).to_contain_text("Within 6 months: any disruption stays at")
    expect(page.locator("#status")).to_contain_text("Within 6 months")
    expect(slider).to_be_focused()
    assert "coups=1" in page.url
    expect(page.locator("#what-if pre")).to_contain_text("coup attempt")


def test_another_risk_is_shown_in_detail_without_loading_the_page_again(browser: Browser, base: str) -> None:
    page = Watched(browser).page
    page.goto(base + "/capitals/BFA")
    page.locator("#detail").evaluate("e => e.ownerDocument.body.dataset.kept = 'yes'")
    page.select_option("select[name=horizon]", "12")
    page.select_option("select[name=target]", "seizure")
    expect(page.locator("#detail [data-announce]")).to_contain_text("Seizure of power within 12 months")
    assert page.locator("body").get_attribute("data-kept") == "yes"


def test_filters_work_without_scripts(browser: Browser, base: str) -> None:
    page = Watched(browser, java_script_enabled=False).page
    page.goto(base + "/")
    page.select_option("select[name=region]", "Western Africa")
    page.get_by_role("button", name="Show").click()
    assert "region=Western+Africa" in page.url
    expect(page.locator("table.ranking tbody tr")).to_have_count(3)


def test_a_country_on_the_map_opens_its_capital(browser: Browser, base: str) -> None:
    page = Watched(browser).page
    page.goto(base + "/")
    page.locator("svg.world [data-iso3=MLI]").hover()
    expect(page.locator("#readout")).to_contain_text("Bamako, Mali: siege since April 2026")
    page.locator("svg.world [data-iso3=MLI]").click()
    page.wait_for_url("**/capitals/MLI")


def test_a_chosen_theme_is_kept(browser: Browser, base: str) -> None:
    page = Watched(browser, color_scheme="light").page
    page.goto(base + "/")
    for _ in range(2):
        page.locator("#theme").click()
    expect(page.locator("#theme")).to_have_text("Theme: dark")
    page.goto(base + "/skill")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 27)"
