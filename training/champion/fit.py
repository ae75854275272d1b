"""Fit of the champion at the two newest origins, and the spread of its bootstrap refits."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from data.panel.panel import Panel
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import LABEL_LAG_MONTHS
from training.dataset.rows import LabelledRows
from training.evaluation.backtest import Backtest
from training.forecasting.intervals import Spread, fit_on_draws, refitted
from training.models.base import HazardModel
from training.models.recalibration import count_onsets, fit_recalibrations
from training.models.registry import CHAMPION, method


@dataclass(frozen=True)
class Fitted:
    """The champion fitted at the newest origin and at the one before."""

    newest: HazardModel
    previous: HazardModel


def fit_champion(panel: Panel, rows: LabelledRows, tested: Backtest) -> Fitted:
    """Fit the champion at the newest origin and at the one before; the backtest gives the weights of its members.

    Months that the catalogue has not reached are no labels: a month in which no rule finds an episode need not be calm.

    Args:
        panel: Panel that ends at the newest origin.
        rows: Labelled rows of every origin.
        tested: Backtest with the out-of-fold forecasts of the champion's members.

    Returns:
        Both fits, recalibrated as of their origins.
    """

    def fitted(until: int) -> HazardModel:
        model = method(CHAMPION)().fit(rows.known_at(until), until).fit_pools(tested.hazards, tested.rows, until)
        counts = count_onsets(model.hazards_from(tested.hazards, tested.rows.features), tested.rows)
        return model.recalibrated(fit_recalibrations(counts, until))

    at = [min(panel.last - back - LABEL_LAG_MONTHS, panel.known_to) for back in (0, 1)]
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        newest, previous = pool.map(fitted, at)
    return Fitted(newest, previous)


def fit_intervals(panel: Panel, rows: LabelledRows, tested: Backtest, progress: Progress = lambda *_: None) -> Spread:
    """Return the spread of bootstrap refits of the champion at the newest origin.

    Args:
        panel: Panel that ends at the newest origin.
        rows: Labelled rows of every origin.
        tested: Backtest with the out-of-fold forecasts of the champion's members.
        progress: Called with refits done and refits in all.

    Returns:
        Spread of each target, shape (rows of the newest origin,).
    """
    until = min(panel.last - LABEL_LAG_MONTHS, panel.known_to)
    fit = fit_on_draws(method(CHAMPION)(), rows, tested.rows, tested.hazards, until, panel.iso3)
    newest = rows.features[rows.origin_index == panel.last]
    return refitted(fit, newest, len(panel.iso3), settings().interval_refits, progress)
