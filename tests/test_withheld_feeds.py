"""Silence is not peace: an origin whose feeds ended six months ago knows what the origin of six months ago knew, and nothing calmer."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.grid import NEVER, Cube
from data.panel.episode_rules import RULE_TABLES
from data.panel.panel import Panel
from features.build import build_one, features_by_name

LATER, BEFORE = pd.Timestamp("2020-08-01"), pd.Timestamp("2020-02-01")
"""All feeds of the starter panel are known at both."""
OF_TIME = {"state_age"}
"""Features of the calendar alone."""


def silent_since(cube: Cube, index: int) -> Cube:
    """Return a cube of which nothing more was published after an origin."""
    seen = cube.visible <= index
    return replace(
        cube,
        values=np.where(seen[:, :, None], cube.values, np.nan),
        visible=np.where(seen, cube.visible, NEVER),
        revisions=cube.revisions.known_at(index) if cube.revisions else None,
    )


def without_news(panel: Panel, origin: pd.Timestamp, tables: set[str]) -> Panel:
    """Withhold everything that some tables, the catalogue among them, have told since an origin."""
    index = calendar.month_index(origin)
    cubes = {name: silent_since(cube, index) if name in tables else cube for name, cube in panel.cubes.items()}
    quiet = replace(panel, cubes=cubes)
    if "episodes" not in tables:
        return quiet
    known = panel.episodes[panel.episodes["start"] <= origin]
    confirmed = known["last_confirmed"].mask(known["end"] >= origin, origin)
    return quiet.extended(known.assign(end=known["end"].clip(upper=origin), last_confirmed=confirmed), origin)


def differing(found: pd.DataFrame, expected: pd.DataFrame, names: list[str]) -> list[str]:
    same = {n: np.array_equal(found[n].to_numpy(), expected[n].to_numpy(), equal_nan=True) for n in names}
    return [name for name, equal in same.items() if not equal]


def read_by(tables: set[str]) -> list[str]:
    """Return the features that read these tables and no other."""
    return [n for n, f in features_by_name().items() if f.tables and set(f.tables) <= tables and n not in OF_TIME]


def test_with_every_feed_and_the_catalogue_silent_for_six_months_a_row_is_that_of_six_months_before(
    starter: Panel,
) -> None:
    every = set(starter.cubes)
    silent = build_one(without_news(starter, BEFORE, every), LATER).set_index("iso3")
    before = build_one(starter, BEFORE).set_index("iso3")
    names = [name for name in features_by_name() if name not in OF_TIME]
    # What has grown older than its limit is unknown, and a flag says so; nothing else has changed.
    for name in differing(silent, before, names):
        changed = silent[name].ne(before[name]) & ~(silent[name].isna() & before[name].isna())
        assert silent.loc[changed, name].isna().all(), name
        tables = features_by_name()[name].tables
        assert silent.loc[changed, "flags"].map(lambda f, t=tables: any(f"missing:{x}" in f.split() for x in t)).all()
    assert silent["flags"].str.contains("stale:episodes").all()


def test_a_silent_catalogue_leaves_the_past_as_it_was_but_for_the_news_that_rules_find(starter: Panel) -> None:
    silent = build_one(without_news(starter, BEFORE, {"episodes"}), LATER).set_index("iso3")
    before = build_one(starter, BEFORE).set_index("iso3")
    by_rule = {f"{kind}_decayed_60m" for kind in RULE_TABLES}  # of these kinds the feeds know more than the catalogue
    moved = [name for name in differing(silent, before, read_by({"episodes"})) if name not in by_rule]
    assert "onsets_decayed_6m" in moved  # fighting that the rule finds is news
    for name in moved:
        direction = features_by_name()[name].direction
        assert (direction * (silent[name] - before[name]) >= -1e-6).all(), name


@pytest.mark.parametrize("table", ["coups", "countries", "capital", "rings", "corridors", "regime"])
def test_one_silent_feed_leaves_the_features_made_from_it_as_they_were_or_unknown(starter: Panel, table: str) -> None:
    silent = build_one(without_news(starter, BEFORE, {table}), LATER).set_index("iso3")
    before = build_one(starter, BEFORE).set_index("iso3")
    names = read_by({table})
    assert names
    for name in differing(silent, before, names):
        changed = silent[name].ne(before[name]) & ~(silent[name].isna() & before[name].isna())
        assert silent.loc[changed, name].isna().all(), name
        assert silent.loc[changed, "flags"].str.contains(f"missing:{table}").all(), name


def test_no_feature_whose_direction_is_not_in_doubt_falls_while_nothing_is_reported(starter: Panel) -> None:
    months = [pd.Timestamp(f"2026-{m:02d}-01") for m in (6, 7, 8, 9, 10)]
    rows = [build_one(starter, month).set_index("iso3") for month in months]
    names = [n for n, f in features_by_name().items() if not {"prices"} & set(f.tables) and n not in OF_TIME]
    for earlier, later in pairwise(rows):
        assert differing(later, earlier, names) == []
