"""Intervals of risks: which rows are drawn, what the spread is, and that ends rise around the risk."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contracts.forecasts import TARGETS
from training.dataset.rows import LabelledRows
from training.forecasting.intervals import NORMAL, bounds, redraw, refitted, spread
from training.models.base import risks
from training.models.climatology import Climatology

hazards = st.lists(st.floats(1e-6, 0.9), min_size=12, max_size=12).map(lambda row: np.array([row]))


def rows(capitals: list[str]) -> LabelledRows:
    count = len(capitals)
    first = np.arange(1, count + 1)
    return LabelledRows(
        pd.DataFrame({"iso3": capitals}),
        dict.fromkeys(TARGETS, np.ones(count, bool)),
        dict.fromkeys(TARGETS, first),
        np.full(count, 100),
    )


@given(hazards, st.floats(0, 3))
def test_both_ends_rise_with_the_horizon_and_hold_the_risk(hazard: np.ndarray, size: float) -> None:
    low, high = bounds(hazard, np.array([size]), widened=1)
    risk = risks(hazard)
    assert (np.diff(low, axis=1) >= 0).all()
    assert (np.diff(high, axis=1) >= 0).all()
    assert (low <= risk + 1e-12).all()
    assert (risk <= high + 1e-12).all()
    assert ((low >= 0) & (high <= 1)).all()


def test_refits_that_agree_leave_no_interval() -> None:
    flat = {t: np.full((2, 12), 0.01) for t in TARGETS}
    assert spread([flat, flat, flat])["seizure"].tolist() == [0, 0]
    low, high = bounds(flat["seizure"], np.zeros(2), widened=2)
    assert low == pytest.approx(risks(flat["seizure"]))
    assert high == pytest.approx(low)


def test_the_spread_is_the_deviation_of_log_intensities() -> None:
    # Intensities 1, 2 and 4 % a month: ln 1, ln 2 and ln 4 lie ln 2 apart, whose standard deviation is ln 2.
    made = [{t: np.full((1, 12), -np.expm1(-level)) for t in TARGETS} for level in (0.01, 0.02, 0.04)]
    assert spread(made)["fighting"] == pytest.approx([np.log(2)])


def test_an_end_lies_so_many_deviations_away_on_the_scale_of_the_intensity() -> None:
    hazard = np.full((1, 12), -np.expm1(-0.01))
    low, high = bounds(hazard, np.array([0.5]), widened=1.2)
    reach = np.exp(1.2 * NORMAL * 0.5)
    assert -np.log1p(-low[0, 2]) == pytest.approx(0.03 / reach)
    assert -np.log1p(-high[0, 11]) == pytest.approx(0.12 * reach)


def test_a_capital_drawn_twice_stands_twice_with_all_its_months() -> None:
    drawn = redraw(rows(["MLI", "NER", "MLI", "TCD"]), np.array([2, 0, 1]), ["MLI", "NER", "TCD"])
    assert drawn.features["iso3"].tolist() == ["MLI", "MLI", "MLI", "MLI", "TCD"]
    assert drawn.first_onset["seizure"].tolist() == [1, 1, 3, 3, 4]


def test_every_refit_is_told_one_draw_of_as_many_capitals_as_there_are() -> None:
    told = []

    def fit(times: np.ndarray) -> Climatology:
        told.append(times)
        return Climatology({t: [0.001 * (1 + float(times[0]))] * 12 for t in TARGETS})

    features = pd.DataFrame({f"{part}_going_on": [0.0, 0.0] for part in ("fighting", "strangulation", "seizure")})
    made = refitted(fit, features, capitals=50, count=6)
    assert [times.sum() for times in told] == [50] * 6
    assert len({tuple(times) for times in told}) == 6
    assert (made["disruption"] > 0).all()
