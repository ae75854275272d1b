"""`chokepoint episodes check` on the starter panel: its tables, its JSON, and what it keeps beside the catalogue."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.panel import panel as panels
from data.panel.panel import Panel
from data.reference_tables import read_episodes
from serving.cli import episodes
from serving.cli.episodes import markdown, sections, written


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home without a panel of its own: the starter panel serves."""
    return tmp_path / "home"


def test_the_check_prints_every_table_and_where_the_catalogue_ends(
    chokepoint: Callable[..., Any], home: Path, starter: Panel
) -> None:
    done = chokepoint(home, "episodes", "check")
    assert done.code == 0, done.err
    for section in sections(starter, pd.Timestamp("2015-12-01")):
        assert section.title in done.out
    assert "Episodes that the rules extend or add after 2026-04, where the catalogue ends: none" in done.out


def test_the_check_as_json_has_the_same_tables_as_records(chokepoint: Callable[..., Any], home: Path) -> None:
    content = json.loads(chokepoint(home, "episodes", "check", "--json").out)
    months = pd.DataFrame(content["months"]).groupby("rule")[["months", "any_kind"]].sum()
    assert months.loc["fighting", "any_kind"] > 0.97 * months.loc["fighting", "months"]
    assert {row["radius_km"] for row in content["sensitivity"]} == {10, 25, 50}
    assert {row["deaths"] for row in content["sensitivity"]} == {5, 10, 25, 100}
    assert {row["kind"] for row in content["held_out"]} >= {"fighting", "supply", "coup", "uprising"}
    assert content["cut"] == "2015-12"
    assert content["extension"] == []


def test_what_the_rules_add_after_the_catalogues_end_is_listed(
    chokepoint: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = pd.Timestamp("2015-12-01")
    whole = read_episodes()
    past = whole[whole["start"] <= cut].assign(end=whole["end"].clip(upper=cut))
    monkeypatch.setattr(panels, "read_episodes", lambda: past)
    monkeypatch.setattr(panels, "catalogue_known_to", lambda: cut)
    done = chokepoint(home, "episodes", "check", "--cut", "2010-12")
    assert "BFA coup 2022-09..2022-09: by rule, 2022-09: coup listed by Powell & Thyne" in done.out
    assert "SOM fighting 2015-02..2019-07: al-Shabaab bombing campaign" in done.out
    assert "; goes on by rule, 2016-01: 36 deaths in 9 events on 7 days" in done.out


@pytest.mark.parametrize(
    ("cut", "complaint"), [("2026-10", "leaves nothing to compare"), ("last year", "is not of the form")]
)
def test_a_cut_outside_the_catalogue_is_refused(
    chokepoint: Callable[..., Any], home: Path, cut: str, complaint: str
) -> None:
    done = chokepoint(home, "episodes", "check", "--cut", cut)
    assert done.code == 1
    assert complaint in done.err


def test_the_readme_beside_the_catalogue_holds_what_the_command_writes_on_the_starter_panel(starter: Panel) -> None:
    made = markdown(sections(starter, pd.Timestamp("2015-12-01")), starter, "2015-12")
    assert written() == made, "run `chokepoint episodes check --write` in a home without a panel of its own"


def test_writing_replaces_what_stands_between_the_markers_and_nothing_else(
    chokepoint: Callable[..., Any], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- agreement -->\nold\n<!-- /agreement -->\nafter\n")
    monkeypatch.setattr(episodes, "README", readme)
    assert chokepoint(home, "episodes", "check", "--cut", "2005-06", "--write").code == 0
    text = readme.read_text()
    assert text.startswith("before\n<!-- agreement -->\nWritten by `chokepoint episodes check --cut 2005-06 --write`")
    assert text.endswith("|\n<!-- /agreement -->\nafter\n")
    assert "old" not in text
    readme.write_text("no place")
    with pytest.raises(ValueError, match="no place for the tables; add the lines <!-- agreement -->"):
        episodes.fill_readme("new")
    assert readme.read_text() == "no place"
