"""What a case file says: ranks, onsets, inputs that moved, false alarms, and a figure that shows just that."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from features.build import feature_names
from training.evaluation.alarms import SustainedFalseAlarm, sustained_false_alarms
from training.explanation.case_study import (
    INPUTS,
    Case,
    Input,
    feed_states,
    moved_inputs,
    ranked,
)
from training.figures.case_study import DPI, WIDTH_INCHES, draw, save

ORIGINS = pd.date_range("2020-01-01", "2020-06-01", freq="MS")
GAP = float("nan")


def line(target: str, horizon: int, risks: Sequence[float]) -> pd.DataFrame:
    """One target's forecasts by origin; a NaN is an origin at which it was going on."""
    risk = np.array(risks, float)
    return pd.DataFrame(
        {
            "origin": ORIGINS,
            "target": target,
            "horizon": horizon,
            "state": np.where(np.isnan(risk), "ongoing", "calm"),
            "risk": risk,
            "risk_low": GAP,
            "risk_high": GAP,
            "rank": np.where(np.isnan(risk), GAP, 7.0),
            "of": 190,
            "observed": 0.0,
            "flags": "missing:rings",
        }
    )


@pytest.fixture
def case() -> Case:
    """A coup of March 2020 that goes over into a siege of April; the strip of coups ends with April."""
    forecasts = [
        line("disruption", 3, [0.01, 0.02, GAP, GAP, 0.10, 0.11]),
        line("disruption", 12, [0.04, 0.08, GAP, GAP, 0.40, 0.44]),
        line("seizure", 3, [0.01, 0.01, GAP, 0.05, 0.06, 0.06]),
        line("seizure", 12, [0.02, 0.04, GAP, 0.20, 0.21, 0.22]),
    ]
    episodes = pd.DataFrame(
        [("coup", "2020-03-01", "2020-03-01", "H", "a coup"), ("siege", "2020-04-01", "2020-04-01", "H", "a siege")],
        columns=["kind", "start", "end", "confidence", "reason"],
    )
    coups = pd.Series([0, 0, 0, 1, GAP, GAP], index=ORIGINS)
    rows = pd.concat(forecasts, ignore_index=True)
    return Case(
        iso3="MLI",
        capital="Bamako",
        model="stack",
        forecasts=rows,
        episodes=episodes.assign(start=pd.to_datetime(episodes["start"]), end=pd.to_datetime(episodes["end"])),
        inputs=(Input("coups_24m", "coups", "coups and attempts, two years", 2.5, coups),),
        unknown=("fuel price in the capital against the six months before, %",),
        feeds=feed_states(rows),
        forecast_vintage="test.1",
        input_vintage="test.2",
        issued_at=pd.Timestamp("2026-11-23"),
    )


def drawn(figure: Figure, label: str) -> np.ndarray:
    """Return the values of one line of a figure."""
    (found,) = [one for axis in figure.axes for one in axis.lines if one.get_label() == label]
    return np.asarray(found.get_ydata(), float)


def words(figure: Figure) -> str:
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    return "\n".join([*titles, figure.get_suptitle(), figure.get_supxlabel()])


@pytest.mark.parametrize(("target", "horizon"), [("disruption", 3), ("disruption", 12), ("seizure", 12)])
def test_the_figure_draws_every_risk_of_the_table_and_leaves_ongoing_months_as_gaps(
    case: Case, target: str, horizon: int
) -> None:
    table = case.line(target, horizon)
    shown = drawn(draw(case), f"{target} {horizon}")
    np.testing.assert_allclose(shown, 100 * table["risk"].to_numpy())
    assert list(np.isnan(shown)) == list(table["state"] == "ongoing")
    assert np.isnan(shown).any()


def test_a_forecast_stands_at_the_end_of_its_origin_month(case: Case) -> None:
    (found,) = [one for axis in draw(case).axes for one in axis.lines if one.get_label() == "disruption 12"]
    assert list(pd.to_datetime(found.get_xdata())) == list(ORIGINS + pd.offsets.MonthBegin(1))


def test_the_figure_shades_an_episode_in_the_panels_of_the_targets_it_counts_for(case: Case) -> None:
    shaded = {
        axis.get_title(loc="left"): {p.get_label() for p in axis.patches if p.get_label().endswith("2020-03")}
        | {p.get_label() for p in axis.patches if p.get_label().endswith("2020-04")}
        for axis in draw(case).axes
    }
    assert shaded["Risk of disruption, %"] == {"coup 2020-03", "siege 2020-04"}
    assert shaded["Risk of seizure, %"] == {"coup 2020-03"}


def test_the_figure_draws_ranks_and_inputs_and_lists_those_without_a_value(case: Case) -> None:
    figure = draw(case)
    np.testing.assert_array_equal(drawn(figure, "rank seizure"), case.line("seizure", 12)["rank"].to_numpy())
    np.testing.assert_array_equal(drawn(figure, "coups_24m"), case.inputs[0].values.to_numpy())
    assert "moved 2.5 sd; shaded: no value" in words(figure)
    assert "No value at any of these origins: fuel price in the capital" in words(figure)
    assert "Data test.1, inputs drawn from test.2" in words(figure)
    assert [label.get_text() for label in figure.axes[-1].get_yticklabels()] == ["rings"]


def test_a_false_alarm_is_marked_where_it_was(case: Case) -> None:
    figure = draw(case, (ORIGINS[0], ORIGINS[1]))
    assert "false alarm" in [text.get_text() for text in figure.axes[1].texts]


def test_a_saved_figure_is_a_small_png_of_1200_pixels(case: Case, tmp_path: Path) -> None:
    save(draw(case), tmp_path / "case.png")
    with Image.open(tmp_path / "case.png") as picture:
        assert picture.width == WIDTH_INCHES * DPI == 1200
    assert [path.name for path in tmp_path.iterdir()] == ["case.png"]
    assert (tmp_path / "case.png").stat().st_size < 80_000


def test_a_capital_is_ranked_among_those_in_which_the_target_was_calm() -> None:
    rows = pd.DataFrame([("MLI", 0.2), ("BFA", 0.3), ("NER", GAP), ("TCD", 0.1)], columns=["iso3", "risk"]).assign(
        origin=ORIGINS[0], target="seizure", horizon=12
    )
    assert ranked(rows, "MLI")[["rank", "of"]].to_numpy().tolist() == [[2, 3]]
    assert np.isnan(ranked(rows, "NER").at[0, "rank"])


def test_episodes_that_touch_have_one_onset_for_disruption_and_one_each_for_their_parts(case: Case) -> None:
    assert case.onsets() == {pd.Timestamp("2020-03-01"): ["coup"]}
    assert case.onsets("strangulation") == {pd.Timestamp("2020-04-01"): ["siege"]}


def test_before_an_onset_speaks_the_last_origin_that_did_not_know_of_it(case: Case) -> None:
    before = case.before_onsets().set_index("target")
    assert list(before.index) == ["disruption", "seizure"]
    assert set(before["origin"]) == {pd.Timestamp("2020-02-01")}
    assert before.at["disruption", "risk_12m"] == 0.08
    assert before.at["seizure", "rank_12m"] == 7


def test_flags_become_spells_of_feeds() -> None:
    rows = pd.DataFrame({"origin": ORIGINS[:2], "flags": ["", "stale:rings missing:prices"]})
    assert feed_states(rows).to_numpy().tolist() == [
        [ORIGINS[1], "rings", "stale"],
        [ORIGINS[1], "prices", "missing"],
    ]
    assert feed_states(rows.head(1)).empty


def test_every_input_of_a_case_file_is_a_feature() -> None:
    assert set(INPUTS) - set(feature_names()) == set()


def test_inputs_are_those_that_moved_most_one_of_each_theme_in_the_readers_unit() -> None:
    features = pd.DataFrame({"iso3": ["MLI"] * 3 + ["BFA"] * 3, "origin": list(ORIGINS[:3]) * 2}).assign(
        **dict.fromkeys(INPUTS, 0.0)
    )
    features["country_deaths_3m"] = np.log1p([0, 9, 99, 0, 0, 0])
    features["coups_24m"] = [0, 0, 0, 5.0, 0, 0]
    features["near_events_3m"] = [0, 0, 1.0, 0, 0, 0]
    features["near_deaths_3m"] = [0, 0, 1.0, 0, 0, 1.0]
    features["fuel_vs_median_6m"] = np.nan
    inputs, unknown = moved_inputs(features, "MLI")
    assert [one.feature for one in inputs] == ["near_events_3m", "country_deaths_3m", "corridor_attacks_5km_3m"]
    assert inputs[2].moved == 0
    np.testing.assert_allclose(inputs[1].values, [0, 9, 99])
    assert inputs[0].moved == pytest.approx(1 / np.std([0, 0, 1, 0, 0, 0], ddof=1))
    assert unknown == ("fuel price in the capital against the six months before, %",)


def test_a_false_alarm_is_twelve_calm_origins_with_nothing_after_any_of_them() -> None:
    origins = pd.date_range("2015-01-01", "2016-03-01", freq="MS")

    def capital(iso3: str, risk: list[float], observed: list[float]) -> pd.DataFrame:
        state = np.where(np.isnan(risk), "ongoing", "calm")
        return pd.DataFrame({"iso3": iso3, "origin": origins, "risk": risk, "observed": observed, "state": state})

    rows = pd.concat(
        [
            capital("MLI", [0.1] * 3 + [0.3] * 12, [0.0] * 15),
            capital("BFA", [0.9] * 15, [0.0] * 11 + [1.0] * 4),
            capital("NER", [0.9] * 7 + [GAP] + [0.9] * 7, [0.0] * 7 + [GAP] + [0.0] * 7),
            capital("TCD", [0.2] * 15, [0.0] * 15),
        ]
    )
    found = sustained_false_alarms(rows, origins[0], origins[-1])
    assert found[0] == SustainedFalseAlarm("MLI", origins[3], origins[14], pytest.approx(0.3))
    assert [alarm.iso3 for alarm in found] == ["MLI", "TCD"]
