"""Pictures of what changed and of what was missed say what the tables say."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.folds import Fold
from training.dataset.rows import label_rows
from training.dataset.target import outcomes
from training.evaluation import worst_errors
from training.evaluation.backtest import Backtest
from training.figures import review

BEFORE, NOW = pd.Timestamp("2026-09-01"), pd.Timestamp("2026-10-01")


def forecasts(risk: dict[pd.Timestamp, dict[str, float]]) -> pd.DataFrame:
    rows = [(o, iso3, "disruption", 6, value) for o, at in risk.items() for iso3, value in at.items()]
    return pd.DataFrame(rows, columns=["origin", "iso3", "target", "horizon", "risk"])


def test_the_capital_that_moved_most_is_named_with_both_ranks_and_states_that_changed_beneath(
    panel_of: Callable[..., Panel],
) -> None:
    units = panel_of([("FRA", "uprising", "2026-10", "2026-10", "H")]).units
    said = {
        BEFORE: {"MLI": 0.1, "NER": 0.2, "TCD": 0.3, "GAB": np.nan},
        NOW: {"MLI": 0.5, "NER": 0.21, "TCD": np.nan, "GAB": 0.1},
    }
    figure = review.what_changed(forecasts(said), units)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    # N'Djamena led before and is no longer calm: Bamako comes from third to first
    assert labels == ["Niamey (2 → 2)", "Bamako (3 → 1)"]
    assert figure.get_supxlabel() == "no longer calm: N'Djamena; calm again: Libreville"


def test_without_an_origin_before_there_is_nothing_to_compare(panel_of: Callable[..., Panel]) -> None:
    units = panel_of([("FRA", "uprising", "2026-10", "2026-10", "H")]).units
    figure = review.what_changed(forecasts({NOW: {"MLI": 0.5}}), units)
    assert [text.get_text() for text in figure.axes[0].texts] == ["there is no origin before this one"]


def test_a_case_is_titled_with_its_risk_and_rank_and_its_episode_is_shaded(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of([("MLI", "coup", "2020-03", "2020-04", "H"), ("FRA", "uprising", "2026-01", "2026-01", "H")])
    origins = calendar.month_range(pd.Timestamp("2019-01-01"), pd.Timestamp("2020-12-01"))
    features = pd.DataFrame({"origin": np.repeat(origins, 2), "iso3": ["MLI", "NER"] * len(origins)})
    hazard = np.tile([[0.01], [0.05]], (len(origins), 12))
    rows = label_rows(panel, features, outcomes(panel))
    tested = Backtest(rows, {"stack": dict.fromkeys(TARGETS, hazard)}, (Fold(tuple(origins)),))
    figure = review.case_files(panel, tested, worst_errors.misses(tested), "Misses")
    assert figure.axes[0].get_title() == "Bamako 2020-03\nrisk 5.9%, rank 2 of 2"
    # the two months of the coup
    assert len(figure.axes[0].patches) == 2
    assert [axis.axison for axis in figure.axes] == [True] + [False] * 9
