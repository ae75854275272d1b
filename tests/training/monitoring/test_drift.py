"""Drift: the two measures by hand and against scipy, limits from the years before 2010, and flags for what the forecast heeds."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from data import calendar
from data.contracts.forecasts import TARGETS
from data.grid import Cube, Revisions
from data.panel.panel import Panel
from features.build import feature_names
from training.dataset.folds import Fold
from training.dataset.rows import LabelledRows, label_rows
from training.dataset.target import outcomes
from training.evaluation.backtest import Backtest
from training.figures import drift as drift_figure
from training.monitoring import drift, drift_statistics
from training.monitoring.label_revisions import deaths_revised, label_revisions
from training.tracking import metric_names

DEATHS, DEMOCRACY = "country_deaths_12m", "electoral_democracy"
SEEN = pd.DataFrame({"feature": [DEATHS, DEMOCRACY], "weight_disruption": [0.9, 0.1]})
NO_REVISION = pd.DataFrame(columns=drift.COLUMNS)
ORIGINS = calendar.month_range(pd.Timestamp("1998-01-01"), pd.Timestamp("2011-12-01"))


def test_the_stability_index_is_the_sum_of_differences_times_log_ratios() -> None:
    # 9 + 1 rows and half a row in each of two bins: shares 9.5/11 and 1.5/11 against 5.5/11 and 5.5/11
    found = drift_statistics.psi(np.array([[50.0, 50.0]]), np.array([[9.0, 1.0]]))
    p, q = np.array([9.5, 1.5]) / 11, np.array([5.5, 5.5]) / 11
    assert found == pytest.approx([np.sum((p - q) * np.log(p / q))])
    assert drift_statistics.psi(np.array([30.0, 70.0]), np.array([3.0, 7.0])) == pytest.approx(0)


def test_values_that_went_missing_move_the_stability_index_and_not_the_distance() -> None:
    before, now = np.array([[50.0, 50.0, 0.0]]), np.array([[5.0, 5.0, 90.0]])
    assert drift_statistics.psi(before, now)[0] > 1
    assert drift_statistics.ks(before, now)[0] == 0


@given(st.lists(st.integers(0, 9), min_size=5, max_size=60), st.lists(st.integers(0, 9), min_size=5, max_size=60))
def test_the_distance_is_that_of_scipy_where_every_value_has_a_bin(before: list[int], now: list[int]) -> None:
    counts = [np.append(np.bincount(x, minlength=10).astype(float), 0.0) for x in (before, now)]
    assert drift_statistics.ks(*counts) == pytest.approx(ks_2samp(before, now, method="asymp").statistic)


def test_every_origin_is_compared_with_all_before_it_and_the_first_with_nothing() -> None:
    values = np.array([1.0, 2.0, 1.0, 2.0, 2.0, 2.0])
    found = drift_statistics.shifts_by_origin(values, np.array([0, 0, 1, 1, 2, 2]), 3)
    assert np.isnan(found["ks"][0])
    assert found["ks"][1:] == pytest.approx([0.0, 0.5])


def test_an_origin_is_compared_with_the_ten_years_before_it_and_none_earlier() -> None:
    # 0 at the first ten origins, then 1; after ten years of ones nothing differs any more
    values = np.where(np.arange(240) < 10, 0.0, 1.0)
    found = drift_statistics.shifts_by_origin(values, np.arange(240), 240)
    assert found["ks"][9:12] == pytest.approx([0, 1, 10 / 11])
    assert found["ks"][129] == pytest.approx(1 / 120, rel=1e-9)
    assert found["ks"][130:].tolist() == [0] * 110


def test_limits_are_half_above_the_largest_values_of_2000_to_2009_but_never_below_the_least() -> None:
    months = pd.DatetimeIndex(["1999-12-01", "2000-01-01", "2009-12-01", "2010-01-01"])
    columns = pd.MultiIndex.from_tuples([("inputs", "psi"), ("inputs: coups", "psi"), ("forecasts", "psi")])
    history = pd.DataFrame(
        [[9, 0, np.nan], [0.4, 0.02, np.nan], [0.3, 0.01, np.nan], [0.7, 0.05, 7.0]], months, columns
    )
    limits = drift.calibrated_limits(history.astype(float))
    assert (limits["inputs", "psi"], limits["inputs: coups", "psi"]) == (pytest.approx(0.6), 0.1)
    table = drift.compare_with_limits(history.astype(float), pd.Series({"coups": 0.5})).set_index("part")
    # the forecasts have no past to take a limit from
    assert table["flagged"].to_dict() == {"inputs": True, "inputs: coups": False, "forecasts": False}


@pytest.fixture(scope="module")
def panel(panel_of: Callable[..., Panel]) -> Panel:
    """A coup every year in one of two capitals until 2009, six of them in 2011."""
    coups = [("MLI" if year % 2 else "NER", "coup", f"{year}-05", f"{year}-05", "H") for year in range(1990, 2010)]
    many = [(code, "coup", "2011-06", "2011-06", "H") for code in ("MLI", "NER", "BFA", "TCD", "GIN", "GAB")]
    return panel_of([*coups, *many, ("FRA", "uprising", "2011-12", "2011-12", "H")])


def rows_of(panel: Panel, shifted: str) -> LabelledRows:
    """Forty capitals whose features are the same in every month, but for one that moves in the last."""
    units = panel.iso3[:40]
    keys = pd.DataFrame({"origin": np.repeat(ORIGINS, len(units)), "iso3": units * len(ORIGINS)})
    values = dict.fromkeys(feature_names(), np.nan) | {
        n: np.tile(np.arange(40.0), len(ORIGINS)) for n in (DEATHS, DEMOCRACY)
    }
    features = pd.concat([keys, pd.DataFrame(values, index=keys.index)], axis=1)
    features.loc[features["origin"] == ORIGINS[-1], shifted] += 30
    return label_rows(panel, features, outcomes(panel))


def backtest_of(rows: LabelledRows) -> Backtest:
    hazard = np.repeat(rows.features[DEMOCRACY].to_numpy(float)[:, None] / 1000, 12, axis=1)
    return Backtest(rows, {"stack": dict.fromkeys(TARGETS, hazard)}, tuple(Fold((o,)) for o in ORIGINS))


def measured(panel: Panel, shifted: str) -> drift.DriftReport:
    rows = rows_of(panel, shifted)
    return drift.measure_drift(panel, rows, SEEN, backtest_of(rows), NO_REVISION)


def test_a_group_that_moves_the_forecast_is_flagged_when_its_values_move(panel: Panel) -> None:
    found = measured(panel, DEATHS)
    table = found.table.set_index(["part", "measure"])
    assert table.at[("inputs: fighting", "ks"), "value"] == pytest.approx(0.75, abs=0.05)
    assert table.at[("inputs: fighting", "ks"), "share"] == pytest.approx(0.9)
    assert table.at[("inputs: fighting", "psi"), "flagged"]
    assert not table.at[("inputs: regime", "psi"), "flagged"]
    assert not table.at[("forecasts", "psi"), "flagged"]
    # six onsets and one in a year against nine in the ten years before
    assert table.at[("onsets", "log_rate"), "value"] == pytest.approx(np.log(7.5 / (9 / 10 + 0.5)))
    assert found.flags[0].startswith("inputs psi ")
    assert "in 2011-12: look for a feed that changed with `chokepoint sources`" in found.flags[0]


def test_the_rate_of_onsets_ends_with_the_catalogue_and_the_flag_says_when(panel: Panel) -> None:
    july = calendar.month_index(pd.Timestamp("2011-07"))
    rows = rows_of(panel, DEATHS)
    reviewed = replace(panel, known_to=july)
    found = drift.measure_drift(reviewed, rows, SEEN, backtest_of(rows), NO_REVISION)
    line = found.table.set_index("part").loc["onsets"]
    assert (line["until"], line["flagged"]) == ("2011-07", True)
    # six in the year to July 2011, and ten in the ten years before
    assert line["value"] == pytest.approx(np.log(6.5 / (9 / 10 + 0.5)))
    assert found.history["onsets", "log_rate"].last_valid_index() == pd.Timestamp("2011-07-01")
    (said,) = [flag for flag in found.flags if flag.startswith("onsets")]
    assert "in 2011-07: check the newest episodes with `chokepoint episodes check`" in said


def test_a_group_that_hardly_moves_the_forecast_is_measured_and_not_flagged(panel: Panel) -> None:
    rows = rows_of(panel, DEMOCRACY)
    light = SEEN.assign(weight_disruption=[0.97, 0.03])
    found = drift.measure_drift(panel, rows, light, backtest_of(rows), NO_REVISION)
    regime = found.table.set_index(["part", "measure"]).loc[("inputs: regime", "psi")]
    assert regime["value"] > regime["limit"]
    assert not regime["flagged"]
    # the forecasts of this backtest follow it, and they are heard
    assert any(flag.startswith("forecasts psi") for flag in found.flags)


def test_it_is_read_back_as_it_was_written_drawn_and_named(panel: Panel, tmp_path: Path) -> None:
    found = measured(panel, DEATHS)
    drift.write(found, tmp_path)
    again = drift.read(tmp_path)
    assert again.table.equals(found.table)
    assert again.history.to_numpy() == pytest.approx(found.history.to_numpy(), nan_ok=True)
    title = drift_figure.draw(again).get_suptitle()
    assert title.startswith("Drift at origin 2011-12: inputs psi")
    metrics = metric_names.drift_metrics(found.table)
    assert metrics["drift_flags"] == found.table["flagged"].sum() > 0
    assert "drift_psi_inputs_fighting" in metrics


def test_revised_episodes_are_a_share_of_those_of_the_frozen_catalogue(panel_of: Callable[..., Panel]) -> None:
    end = ("FRA", "uprising", "2011-12", "2011-12", "H")
    before = panel_of([("MLI", "coup", "2000-01", "2000-04", "H"), end])
    now = panel_of([("MLI", "coup", "2000-02", "2000-04", "H"), ("NER", "coup", "2001-01", "2001-01", "H"), end])
    found = label_revisions(now, outcomes(before)["disruption"], outcomes(now)["disruption"]).set_index("part")
    line = found.loc["labels: disruption since version 1"]
    # one month of Bamako left out and one of Niamey added, of four and one
    assert (line["value"], line["limit"], line["flagged"]) == (2 / 5, 0.05, True)
    assert np.isnan(found.loc["labels: deaths by country since first said", "value"])


def test_deaths_are_revised_where_what_is_known_by_now_lies_a_tenth_from_what_was_first_said(panel: Panel) -> None:
    first = np.array([[[10.0], [100.0], [0.0]]], np.float32)
    # the first month was said three times, the last revision of the third is of a month the newest origin cannot see
    unit, month, visible = np.zeros(5, np.int64), np.array([0, 0, 1, 2, 2]), np.array([5, 9, 6, 7, panel.last + 1])
    said = np.array([[50.0], [10.5], [80.0], [0.0], [9.0]], np.float32)
    order = np.argsort(visible)
    made = Revisions(unit[order], month[order], visible[order], said[order])
    cube = Cube(("deaths",), first, np.full((1, 3), 4, np.int32), 0, made)
    assert deaths_revised(replace(panel, cubes={"countries": cube})) == 1 / 3
    assert np.isnan(deaths_revised(replace(panel, cubes={})))
