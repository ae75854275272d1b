"""Nothing that was not yet known at an origin may change its features: the future is rewritten and the rows compared."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.columns import dtypes
from data.contracts.forecasts import KINDS
from data.panel.panel import Panel, assemble
from data.panel.view import View
from data.tables.registry import panel_tables
from data.tables.shared.table import PanelTable
from features.base import Columns, Group
from features.build import build_one
from features.registry import groups

ORIGINS = [calendar.parse_month(text) for text in ("1999-12", "2010-06", "2020-12", "2024-09", "2025-08")]
Tables = dict[str, pd.DataFrame]
Rewrite = Callable[[pd.DataFrame], pd.DataFrame]


def to_noise(unknown: pd.DataFrame) -> pd.DataFrame:
    """Give every number another value; unknown ones become known."""
    return pd.DataFrame(np.random.default_rng(7).uniform(0, 1e4, unknown.shape), unknown.index, unknown.columns)


def to_a_later_row(unknown: pd.DataFrame) -> pd.DataFrame:
    """Move every row's numbers three rows on."""
    return pd.DataFrame(np.roll(unknown.to_numpy(), 3, axis=0), unknown.index, unknown.columns)


def with_another_future(tables: Tables, origin: pd.Timestamp, rewrite: Rewrite) -> Tables:
    changed = {}
    for name, table in tables.items():
        measures = [c for c in table.select_dtypes("number") if c not in {"year", "ring", "sector", "radius_km"}]
        if measures:
            future = table["available_at"] > calendar.as_of(origin)
            rewritten = table.astype(dict.fromkeys(measures, "float64"))
            rewritten.loc[future, measures] = rewrite(rewritten.loc[future, measures]).to_numpy()
            changed[name] = rewritten
        else:
            changed[name] = table
    return changed


def assert_unchanged(before: Panel, after: Panel, origin: pd.Timestamp) -> None:
    pd.testing.assert_frame_equal(build_one(after, origin), build_one(before, origin), check_exact=True)


@pytest.mark.parametrize("rewrite", [to_noise, to_a_later_row])
@pytest.mark.parametrize("origin", ORIGINS, ids=lambda o: f"{o:%Y-%m}")
def test_no_leakage_from_rows_not_yet_available(
    starter: Panel, starter_tables: Tables, origin: pd.Timestamp, rewrite: Rewrite
) -> None:
    rewritten = with_another_future(starter_tables, origin, rewrite)
    assert_unchanged(starter, assemble(rewritten, starter.episodes, starter.manifest), origin)


@pytest.mark.parametrize(("months_later", "rewrite"), [(1, to_noise), (9, to_a_later_row)])
def test_no_leakage_from_months_that_rules_find_after_the_catalogues_end(
    starter: Panel, starter_tables: Tables, months_later: int, rewrite: Rewrite
) -> None:
    cut = calendar.parse_month("2012-06")
    past = starter.episodes[starter.episodes["start"] <= cut].assign(end=lambda t: t["end"].clip(upper=cut))
    origin = cut + pd.DateOffset(months=months_later)
    rewritten = with_another_future(starter_tables, origin, rewrite)
    before, after = (assemble(tables, past, starter.manifest) for tables in (starter_tables, rewritten))
    assert len(before.episodes) > len(past)
    assert not after.episodes.equals(before.episodes)
    assert_unchanged(before, after, origin)


COMPILED = [table for table in panel_tables().values() if table.contract]


@pytest.mark.parametrize("table", COMPILED, ids=lambda table: table.name)
def test_every_table_has_rows_the_origin_must_not_see_and_they_alone_are_rewritten(
    starter_tables: Tables, table: PanelTable
) -> None:
    origin = calendar.parse_month("2024-06" if table.name == "country_vintages" else "2010-06")
    before, after = (t[table.name] for t in (starter_tables, with_another_future(starter_tables, origin, to_noise)))
    future = before["available_at"] > calendar.as_of(origin)
    assert future.sum() > 10
    measures = [column for column, dtype in dtypes(table.contract).items() if dtype == "float64"]
    assert measures
    assert (before.loc[future, measures] != after.loc[future, measures]).all(axis=None)
    pd.testing.assert_frame_equal(before[~future], after[~future], check_dtype=False)


def test_no_table_of_the_starter_panel_escapes_the_rewriting(starter_tables: Tables) -> None:
    assert set(starter_tables) - {"coverage"} == {table.name for table in COMPILED}


def without_later_episodes(episodes: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    return episodes[episodes["start"] <= origin]


def with_more_later_episodes(episodes: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    """Let one episode of each kind begin in the month after the origin in 30 capitals."""
    start = origin + pd.DateOffset(months=1)
    capitals = sorted(episodes["iso3"].unique())[:30]
    invented = [
        {"iso3": iso3, "capital": "", "start": start, "end": start, "kind": kind, "confidence": "H", "reason": ""}
        for iso3 in capitals
        for kind in KINDS
    ]
    return pd.concat([episodes, pd.DataFrame(invented)], ignore_index=True)


def with_later_episodes_elsewhere(episodes: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    later = episodes["start"] > origin
    return episodes.assign(iso3=episodes["iso3"].where(~later, np.roll(episodes["iso3"], 50)))


def cut_off_at_the_origin(episodes: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    return episodes.assign(end=episodes["end"].where(episodes["end"] <= origin, np.maximum(origin, episodes["start"])))


def going_on_for_years(episodes: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    ongoing = (episodes["start"] <= origin) & (episodes["end"] >= origin)
    return episodes.assign(end=episodes["end"].where(~ongoing, pd.Timestamp("2026-05-01")))


@pytest.mark.parametrize(
    "rewrite",
    [
        without_later_episodes,
        with_more_later_episodes,
        with_later_episodes_elsewhere,
        cut_off_at_the_origin,
        going_on_for_years,
    ],
)
@pytest.mark.parametrize("origin", ORIGINS, ids=lambda o: f"{o:%Y-%m}")
def test_no_leakage_from_episodes_not_yet_begun_or_ended(
    starter: Panel, origin: pd.Timestamp, rewrite: Callable[[pd.DataFrame, pd.Timestamp], pd.DataFrame]
) -> None:
    assert_unchanged(starter, starter.with_episodes(rewrite(starter.episodes, origin)), origin)


def peeking(compute: Callable[[View], Columns]) -> tuple[Group, ...]:
    return (*groups(), Group("peeking", "next month", {"peek": "Next month's value."}, compute))


def test_a_group_that_reads_next_months_rows_is_caught(
    starter: Panel, starter_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_month(view: View) -> Columns:
        return {"peek": view.panel.cubes["countries"].values[:, view.index + 1, 0]}

    everyone = peeking(next_month)
    monkeypatch.setattr("features.build.groups", lambda: everyone)
    with pytest.raises(AssertionError, match="peek"):
        test_no_leakage_from_rows_not_yet_available(starter, starter_tables, ORIGINS[2], to_noise)


def test_a_group_that_reads_this_months_unpublished_rows_is_caught(
    starter: Panel, starter_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def this_month(view: View) -> Columns:
        return {"peek": view.panel.cubes["countries"].values[:, view.index, 0]}  # published 20 days later

    everyone = peeking(this_month)
    monkeypatch.setattr("features.build.groups", lambda: everyone)
    with pytest.raises(AssertionError, match="peek"):
        test_no_leakage_from_rows_not_yet_available(starter, starter_tables, ORIGINS[2], to_noise)


def test_a_group_that_reads_next_months_episodes_is_caught(starter: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    def next_month(view: View) -> Columns:
        return {"peek": view.panel.disrupted["coup"][:, view.index + 1].astype(np.float32)}

    everyone = peeking(next_month)
    monkeypatch.setattr("features.build.groups", lambda: everyone)
    with pytest.raises(AssertionError, match="peek"):
        test_no_leakage_from_episodes_not_yet_begun_or_ended(starter, ORIGINS[2], with_more_later_episodes)
