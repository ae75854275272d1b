"""Rolling-origin backtest: forecasts of every method at past origins, from nothing but what was available there.

Rolling-origin evaluation: Tashman 2000, doi:10.1016/S0169-2070(00)00065-0.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from data import calendar
from data.contracts.forecasts import TARGETS
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import LABEL_LAG_MONTHS, Fold
from training.dataset.rows import LabelledRows
from training.evaluation.fold_cache import fold_key, row_digests
from training.evaluation.hazard_files import read_hazards, write_hazards
from training.models.base import Hazards, risks
from training.models.recalibration import count_onsets, fit_recalibrations
from training.models.registry import method

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Backtest:
    """Evaluated rows and every method's out-of-fold forecasts of them.

    Attributes:
        rows: Rows of the folds' origins, in the order of the origins.
        hazards: Method -> target -> hazards, shape (rows, 12).
        folds: Folds in order of time.
    """

    rows: LabelledRows
    hazards: dict[str, Hazards]
    folds: tuple[Fold, ...]

    def risk(self, model: str, target: str, horizon: int) -> Floats:
        """Return one method's risk of an onset within `horizon` months, shape (rows,)."""
        return risks(self.hazards[model][target])[:, horizon - 1]

    def hazards_where(self, mask: Bools, models: Sequence[str]) -> dict[str, Hazards]:
        """Return the hazards of some methods on the rows of a mask."""
        return {m: {t: h[mask] for t, h in self.hazards[m].items()} for m in models}


def run_backtest(
    rows: LabelledRows,
    folds: Sequence[Fold],
    names: Sequence[str],
    progress: Progress = lambda *_: None,
    parts: Path | None = None,
) -> Backtest:
    """Fit the named methods once per fold and forecast the fold's origins.

    Folds run in parallel, one thread each: a fit is too short to gain from threads of its own, which wait by spinning.

    Args:
        rows: Labelled rows, at least of all origins to learn from and to forecast.
        folds: Folds in order of time.
        names: Names of methods in `training.models.registry`.
        progress: Called with folds done and folds in all.
        parts: Folder that caches each finished fold under its key (`training.evaluation.fold_cache`).

    Returns:
        Hazards of the named methods and of their members; those of a method that pools members are pooled prequentially.
    """
    progress("backtest", 0, len(folds))
    digests = row_digests(rows) if parts else None
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        running = []
        for fold in folds:
            key = "" if digests is None else fold_key(rows, digests, fold, names)
            running.append(pool.submit(_cached_fold, rows, fold, names, parts and parts / f"{key}.npz"))
        for done, _ in enumerate(as_completed(running), 1):
            progress("backtest", done, len(folds))
    by_fold = [future.result() for future in running]
    hazards = {n: {t: np.concatenate([part[n][t] for part in by_fold]) for t in TARGETS} for n in by_fold[0]}
    backtest = Backtest(_evaluated(rows, folds), hazards, tuple(folds))
    for name in names:
        if method(name).member_methods:
            hazards[name] = pool_prequentially(backtest, name)
    return backtest


def pool_prequentially(backtest: Backtest, name: str, given: Mapping[str, float] | None = None) -> Hazards:
    """Pool a method's members with weights and recalibration estimated from earlier forecasts alone.

    Weights are estimated once per fold, from the folds before it; the pools are recalibrated at every origin, as a monthly
    retraining does. Prequential evaluation: Dawid 1984, doi:10.2307/2981683.

    Args:
        backtest: Backtest with the hazards of the method's members.
        name: Name of a method with `member_methods`.
        given: Settings of the method that differ from its defaults.

    Returns:
        Target -> hazards of the method, shape (rows, 12), coherent on rows where every target is calm.
    """
    model, parts, index = method(name)().with_settings(given or {}), [], backtest.rows.origin_index
    members = [member.name for member in model.member_methods]
    for fold in backtest.folds:
        first, last = (calendar.month_index(o) for o in (fold.fitted_at, fold.origins[-1]))
        before, until_last = index < first, index <= last
        model.fit_pools(backtest.hazards_where(before, members), backtest.rows.take(before), fold.labels_until)
        past = backtest.rows.take(until_last)
        counts = count_onsets(model.hazards_from(backtest.hazards_where(until_last, members), past.features), past)
        for origin in range(first, last + 1):
            at_origin = index == origin
            recalibrated = model.recalibrated(fit_recalibrations(counts, origin - LABEL_LAG_MONTHS))
            hazards = backtest.hazards_where(at_origin, members)
            parts.append(recalibrated.hazards_from(hazards, backtest.rows.features[at_origin]))
    return {t: np.concatenate([part[t] for part in parts]) for t in TARGETS}


def restore_backtest(path: Path, rows: LabelledRows, folds: Sequence[Fold]) -> Backtest:
    """Join stored hazards (`hazard_files.write_hazards`) to the rows they were computed on."""
    return Backtest(_evaluated(rows, folds), read_hazards(path), tuple(folds))


def _evaluated(rows: LabelledRows, folds: Sequence[Fold]) -> LabelledRows:
    return rows.take(np.logical_or.reduce([fold.evaluates(rows.origin_index) for fold in folds]))


def _cached_fold(rows: LabelledRows, fold: Fold, names: Sequence[str], path: Path | None) -> dict[str, Hazards]:
    if path is None:
        return _forecast_fold(rows, fold, names)
    if path.exists():
        os.utime(path)  # the cache drops the least recently used folds
    else:
        write_hazards(_forecast_fold(rows, fold, names), path)
    return read_hazards(path)


def _forecast_fold(rows: LabelledRows, fold: Fold, names: Sequence[str]) -> dict[str, Hazards]:
    known, features = rows.known_at(fold.labels_until), rows.features[fold.evaluates(rows.origin_index)]
    models = [method(name)().fit(known, fold.labels_until) for name in names]
    return {part.name: part.hazards(features) for model in models for part in (model, *model.members.values())}
