"""Changes since the origin before: by new information, by a new fit and by time, on pages, in alerts and in the history."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from data.panel.panel import Panel
from serving.alerts.conditions import conditions
from serving.alerts.history import ConditionHistory
from serving.alerts.rules import Rules
from serving.app import create_app
from serving.queries import wording
from serving.queries.changes import CapitalChange, Changes, change_in_words, changes, parts_in_words
from serving.queries.versions import version_in_words
from serving.served_publication import ServedPublication, load_served
from serving.store import Store
from tests.publication import ORIGINS, SHARE
from training.models.climatology import Climatology
from training.publication.news import News, news_at
from training.publication.publication import NEWS, read_publication

SINCE, NEWEST = ORIGINS
RISKS = st.floats(0, 1)


def write_news(folder: Path, groups: dict[str, str], shift: float = 0.0, feeds: int = 1) -> None:
    """Store what is new: the fit gives for the origin before what was published then plus `shift`."""
    rows = pd.read_parquet(folder / "forecasts.parquet")
    rows = rows[rows["origin"] == SINCE]
    rows = rows.assign(risk=rows["risk"] + shift, groups=rows["iso3"].map(groups).fillna(""))
    feed = ("coups", "coups", SINCE, NEWEST, 3)
    table = pd.DataFrame([feed] * feeds, columns=["table", "label", "before", "after", "units"])
    for name, content in zip(NEWS, (rows, table), strict=True):
        content.to_parquet(folder / f"{name}.parquet")


@pytest.fixture
def publication(tmp_path: Path, publisher: Callable[[Path, str, str], Path]) -> Path:
    return publisher(tmp_path, "2026-10-v1", "1")


def served_of(folder: Path, panel: Panel) -> ServedPublication:
    return load_served(folder.parent, lambda: panel)


def page_of(folder: Path, panel: Panel) -> str:
    store = Store(folder.parent, lambda: panel)
    assert store.refresh(), store.not_ready_reason
    with TestClient(create_app(store)) as client:
        return client.get("/").text


def test_where_no_input_is_newer_the_page_says_so_and_lists_no_rise_and_no_fall(
    publication: Path, panel: Panel
) -> None:
    write_news(publication, {}, shift=0.02, feeds=0)
    text = page_of(publication, panel)
    assert "No input is newer than it was then: nothing new was learned." in text
    assert "Largest" not in text
    assert "differs from what was published by a tenth of a point or more for 3 of 3 capitals" in text


def test_a_change_is_new_information_only_where_an_input_of_the_capital_moved(publication: Path, panel: Panel) -> None:
    write_news(publication, {"BFA": "coups"}, shift=-0.02)
    found = changes(served_of(publication, panel), "disruption", 6)
    assert found is not None
    assert [c.iso3 for c in found.rises] == ["BFA"]
    assert found.falls == []
    informed, other = found.capitals["BFA"], found.capitals["NER"]
    assert (informed.information, informed.time) == (pytest.approx(0.02), 0.0)
    assert (other.information, other.time) == (0.0, pytest.approx(0.02))
    assert informed.fit == pytest.approx(-0.02)
    assert change_in_words(informed) == "up 2.0 points"
    assert parts_in_words(informed) == "up 2.0 points; by a new fit: down 2.0 points"
    assert parts_in_words(other) == "nothing new; by a new fit: down 2.0 points; by time alone: up 2.0 points"


@settings(deadline=None)
@given(st.lists(st.tuples(RISKS, RISKS, RISKS, st.booleans()), min_size=1, max_size=6))
def test_no_sentence_contradicts_a_figure(risks: list[tuple[float, float, float, bool]]) -> None:
    capitals = {
        str(i): CapitalChange(str(i), before, refitted, now, "calm", "calm", ("coups",) if informed else ())
        for i, (before, refitted, now, informed) in enumerate(risks)
    }
    found = Changes(SINCE, ["coups"], ("1", "2"), capitals, {}, [], [])
    words = {code: change_in_words(change) for code, change in capitals.items()}
    assert {c.iso3 for c in found.rises} == {code for code, text in words.items() if text.startswith("up")}
    assert {c.iso3 for c in found.falls} == {code for code, text in words.items() if text.startswith("down")}
    for change in capitals.values():
        assert change.information + change.fit + change.time == pytest.approx(change.now - change.before)


@given(RISKS, RISKS)
def test_a_change_too_small_to_state_is_called_unchanged_everywhere(now: float, before: float) -> None:
    assert (wording.change(now, before) == "unchanged") == (wording.moved(now - before) == 0)
    assert " 0.0 point" not in wording.change(now, before)


def test_the_fits_news_are_the_rows_that_the_panel_got_between_two_origins(panel: Panel) -> None:
    rates = {target: [0.02] * 12 for target in SHARE}
    old = panel.extended(panel.episodes, pd.Timestamp("2026-04-01"))
    quiet = news_at(Climatology(rates), old, NEWEST)
    assert quiet.feeds.empty
    assert set(quiet.rows["groups"]) == {""}
    # at the origin before, the list of coups reaches from May to September: its September is news
    learned = news_at(Climatology(rates), old, SINCE)
    assert "coups" in set(learned.feeds["table"])
    assert set(quiet.rows["origin"]) == {SINCE}


def test_a_catalogue_reviewed_for_another_month_is_news(panel: Panel) -> None:
    rates = {target: [0.02] * 12 for target in SHARE}
    reviewed = news_at(Climatology(rates), panel, NEWEST)
    assert list(reviewed.feeds["table"]) == ["episodes"]


def test_a_publication_without_news_reads_as_before(publication: Path) -> None:
    assert read_publication(publication.parent).news is None
    write_news(publication, {})
    assert isinstance(read_publication(publication.parent).news, News)


def rows(origin: pd.Timestamp, risk: float, groups: str = "") -> pd.DataFrame:
    keys = {"origin": origin, "iso3": "MLI", "horizon": 6, "state": "calm", "flags": "", "groups": groups}
    return pd.DataFrame([keys | {"target": target, "risk": risk} for target in SHARE])


RULES = Rules.model_validate(
    {
        "rule": [
            {"name": "above", "kind": "above", "risk": 0.2},
            {"name": "rise", "kind": "rise", "factor": 2.0, "least_risk": 0.05},
            {"name": "top", "kind": "top", "places": 1},
        ]
    }
)


@pytest.mark.parametrize(
    ("published", "refitted", "groups", "fires"),
    [
        (0.1, 0.1, "coups", {"above", "rise", "top"}),  # the same fit, and news
        (0.1, 0.1, "", set()),  # the same fit, nothing new: time
        (0.1, 0.3, "coups", set()),  # the fit alone: it gave .3 for the month before too
        (0.1, 0.2, "coups", {"above", "top"}),  # the news explain half of it, which is no doubling
    ],
)
def test_a_rule_fires_on_news_that_the_same_fit_sees_and_on_nothing_else(
    published: float, refitted: float, groups: str, fires: set[str]
) -> None:
    held = conditions(RULES.rule, rows(NEWEST, 0.3), rows(SINCE, published), rows(SINCE, refitted, groups))
    history = ConditionHistory()
    assert {c.rule.name for c in held if history.is_new(c, NEWEST)} == fires


def test_a_condition_that_a_fit_alone_made_hold_is_raised_when_news_confirm_it() -> None:
    history = ConditionHistory()
    for origin, groups, fires in ((SINCE, "", False), (NEWEST, "coups", True)):
        (held,) = conditions(RULES.rule[:1], rows(origin, 0.3), None, rows(SINCE, 0.1, groups))
        assert history.is_new(held, origin) is fires
        history.add(history.standing([held], origin), [held] if fires else [], origin)
    later = NEWEST + pd.DateOffset(months=1)
    (held,) = conditions(RULES.rule[:1], rows(later, 0.3), None, rows(NEWEST, 0.1, "coups"))
    assert not history.is_new(held, later)


def test_each_past_forecast_carries_the_version_it_is_of(client: TestClient) -> None:
    listed = client.get("/v1/capitals/NER/history?target=disruption").json()["forecasts"]
    assert {row["origin"]: row["model_version"] for row in listed} == {
        "2023-05": "backtest 2023",
        "2026-09": "1",
        "2026-10": "1",
    }
    assert {row["model_version"] for row in client.get("/v1/forecasts?country=NER").json()["forecasts"]} == {"1"}
    text = client.get("/capitals/NER").text
    assert text.count('class="seam"') == 1
    assert "<strong>new fit</strong>" in text
    assert version_in_words("backtest", NEWEST) == "backtest 2026"
