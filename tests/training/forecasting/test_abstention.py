"""What is not known is not forecast, and never passes for nothing happening: each source is withdrawn in turn."""

import numpy as np
import pandas as pd
import pytest

from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel, assemble
from data.sources.registry import sources
from data.tables.registry import fed_by
from features.build import build_one, feature_names
from features.registry import groups
from training.forecasting.abstention import abstained, dependants
from training.forecasting.forecast import Provenance, rows_of

Tables = dict[str, pd.DataFrame]
ORIGIN = pd.Timestamp("2020-12-01")
ORIGIN_OF = {"ucdp_district_month": pd.Timestamp("2024-06-01"), "ucdp_country_month_totals": pd.Timestamp("2025-08-01")}
"""Where a source is the only one to tell of the newest months."""
PROVENANCE = Provenance("1", pd.Timestamp("2026-11-25"), "test")


def without(tables: Tables, source: str) -> Tables:
    """Take a source's rows and its coverage out of a compiled panel; a table left empty was never compiled."""
    kept = {name: t[t["source"] != source] if "source" in t else t for name, t in tables.items()}
    return {name: t for name, t in kept.items() if len(t)}


STARTER_SOURCES = (
    "ucdp_ged",
    "ucdp_district_month",
    "ucdp_country_month",
    "ucdp_country_month_totals",
    "wfp_prices",
    "powell_thyne",
    "worldbank",
    "electoral_democracy",
    "gdelt_country_month",
)


def test_every_source_of_the_starter_panel_is_withdrawn(starter_tables: Tables) -> None:
    found = {name for table in starter_tables.values() if "source" in table for name in table["source"].unique()}
    dated = {"ucdp_country_month_vintages"}  # says when the totals said what, and nothing that they do not say
    assert found == set(STARTER_SOURCES) | dated


@pytest.mark.parametrize("source", STARTER_SOURCES)
def test_a_withdrawn_source_leaves_unknowns_and_no_zeros(starter: Panel, starter_tables: Tables, source: str) -> None:
    origin, tables = ORIGIN_OF.get(source, ORIGIN), without(starter_tables, source)
    whole = build_one(starter, origin)
    left = build_one(assemble(tables, starter.episodes, starter.manifest), origin)
    for name in feature_names():
        made_zero = (left[name] == 0) & (whole[name] != 0) & whole[name].notna()
        # A sum over the world or the neighbours may lose a part; what turns to zero must be told by another source.
        assert not made_zero.any() or _told_by_another(source, name), name
    lost = [n for n in feature_names() if left[n].isna().sum() > whole[n].isna().sum()]
    assert lost, f"no feature notices that {source} is gone"
    for table in {t for t in fed_by(sources()[source].table) if t in starter_tables and t not in tables}:
        read = any({table} & {*group.tables} for group in groups())
        assert left["flags"].str.contains(f"missing:{table}").all() or not read, table


def _told_by_another(source: str, feature: str) -> bool:
    """UCDP's series stand in for each other, the nearer to the capital first; the basis says which one spoke."""
    ucdp = source.startswith("ucdp_")
    return ucdp and feature.startswith(
        ("near_", "around_", "country_", "neighbour_", "months_since_conflict", "conflict_")
    )


@pytest.mark.parametrize(
    ("missing", "silent"),
    [
        ("", set()),
        ("missing:prices missing:media missing:corridors stale:coups stale:countries", set()),
        ("missing:rings", set()),
        ("missing:countries stale:rings", set()),
        ("missing:countries missing:rings", {"disruption", "fighting", "strangulation"}),
        ("missing:coups", {"disruption", "seizure"}),
        ("missing:coups missing:countries missing:rings", set(TARGETS)),
    ],
)
def test_a_target_abstains_where_every_table_of_a_need_is_missing(missing: str, silent: set[str]) -> None:
    found = abstained(pd.Series([missing, ""]))
    assert {target for target, rows in found.items() if rows[0]} == silent
    assert not any(rows[1] for rows in found.values())


def test_an_abstained_row_has_no_risk_and_says_so_while_what_goes_on_stays_known(
    starter_tables: Tables, starter: Panel
) -> None:
    tables = {n: t for n, t in starter_tables.items() if n != "coups"}
    features = build_one(assemble(tables, starter.episodes, starter.manifest), ORIGIN)
    hazards = {target: np.full((len(features), 12), 0.01) for target in TARGETS}
    rows = rows_of("test", hazards, features, PROVENANCE)
    by_target = rows.groupby("target")["state"].agg(set)
    assert by_target["seizure"] == {"abstained"} or by_target["seizure"] == {"abstained", "ongoing"}
    assert "abstained" in by_target["disruption"]
    assert "abstained" not in by_target["fighting"]
    silent = rows[rows["state"] == "abstained"]
    assert silent[["risk", "hazard"]].isna().all(axis=None)
    assert rows.loc[rows["state"] == "calm", "risk"].notna().all()
    features = features.assign(seizure_going_on=np.float32(1))
    assert set(rows_of("test", hazards, features, PROVENANCE).query("target == 'seizure'")["state"]) == {"ongoing"}


def test_the_starter_panel_forecasts_almost_every_capital_at_its_newest_origin(starter: Panel) -> None:
    newest = build_one(starter, pd.Timestamp("2026-10-01"))
    shares = {target: silent.mean() for target, silent in abstained(newest["flags"]).items()}
    assert max(shares.values()) < 0.05, shares


def test_what_depends_on_a_table() -> None:
    assert dependants(("coups",)) == (
        ["coups at home and in the region", "trouble in the countries its supply runs through"],
        ["seizure", "disruption"],
    )
    assert dependants(("prices",))[1] == []
    assert dependants(())[0] == []
