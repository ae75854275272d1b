"""Rolling-origin backtest: what every method would have said at each past origin, knowing only what was known then."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from data import calendar
from data.contracts.forecasts import BACKTEST, TARGETS
from data.files.atomic import atomic_write
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import LABEL_LAG_MONTHS, Fold
from training.dataset.rows import LabelledRows
from training.evaluation.fold_cache import fold_key, row_digests
from training.forecasting.forecast import Stamp, rows_of
from training.models.base import Hazards, coherent_where_calm, risks
from training.models.registry import method
from training.models.stack import Stack

Floats = npt.NDArray[np.float64]

RISK_COLUMNS = ("risk", "risk_low", "risk_high", "hazard", "observed")
TEXT_COLUMNS = ("iso3", "target", "state", "model", "model_version", "data_vintage", "flags")


@dataclass(frozen=True)
class Backtest:
    """Evaluated rows in the order of the origins, and each method's hazards (rows, 12) by target."""

    rows: LabelledRows
    hazards: dict[str, Hazards]
    folds: tuple[Fold, ...]

    def risk(self, model: str, target: str, horizon: int) -> Floats:
        """Return one method's risk of an onset within `horizon` months, for every row."""
        return risks(self.hazards[model][target])[:, horizon - 1]


def run_backtest(
    rows: LabelledRows,
    folds: Sequence[Fold],
    names: Sequence[str],
    progress: Progress = lambda *_: None,
    parts: Path | None = None,
) -> Backtest:
    """Fit the named methods once a fold and forecast the fold's origins; members of a stack are reported as well.

    Folds run side by side, one thread each: a fit is too short to gain from threads of its own, which wait by spinning.
    In a folder `parts` each fold is kept as soon as it is done, and not made again where one of the same name
    (training/evaluation/fold_cache.py) is there already.
    """
    progress("backtest", 0, len(folds))
    digests = row_digests(rows) if parts else None
    with ThreadPoolExecutor(settings().threads) as pool, threadpool_limits(1, "blas"):
        running = []
        for fold in folds:
            name = "" if digests is None else fold_key(rows, digests, fold, _evaluated(rows, fold), names)
            running.append(pool.submit(_fold, rows, fold, names, parts and parts / f"{name}.npz"))
        for done, _ in enumerate(as_completed(running), 1):
            progress("backtest", done, len(folds))
    made = [future.result() for future in running]
    joined = {n: {t: np.concatenate([part[n][t] for part in made]) for t in TARGETS} for n in made[0]}
    evaluated = np.logical_or.reduce([_evaluated(rows, fold) for fold in folds])
    tested = Backtest(rows.take(evaluated), joined, tuple(folds))
    if Stack.name in joined:
        joined[Stack.name] = restacked(tested)
    return tested


def restacked(tested: Backtest, given: Mapping[str, float] | None = None) -> Hazards:
    """Pool each fold's members with weights learned from the folds before it alone, and at each origin at the level known then.

    Levels are moved every month, as a monthly retraining moves them. Settings of the stack may be tried.
    """
    stack, parts, index = Stack().with_settings(given or {}), [], tested.rows.origin_index
    for fold in tested.folds:
        first, last = (calendar.month_index(o) for o in (fold.fitted_at, fold.origins[-1]))
        before, until_now = index < first, index <= last
        past, learned = (
            {m: {t: h[kept] for t, h in tested.hazards[m].items()} for m in stack.prior} for kept in (until_now, before)
        )
        weighed = stack.weigh(learned, tested.rows.take(before), fold.labels_until)
        ledgers = weighed.ledgers(past, tested.rows.take(until_now))
        for origin in range(first, last + 1):
            here = index == origin
            now = {m: {t: h[here] for t, h in tested.hazards[m].items()} for m in stack.prior}
            levelled = weighed.levelled(ledgers, origin - LABEL_LAG_MONTHS)
            parts.append(coherent_where_calm(levelled.pool(now), tested.rows.features[here]))
    return {t: np.concatenate([part[t] for part in parts]) for t in TARGETS}


def _fold(rows: LabelledRows, fold: Fold, names: Sequence[str], path: Path | None) -> dict[str, Hazards]:
    if path is None:
        return _forecast_fold(rows, fold, names)
    if path.exists():
        os.utime(path)  # the last used ones are kept
    else:
        write_hazards(_forecast_fold(rows, fold, names), path)
    return read_hazards(path)


def write_hazards(hazards: Mapping[str, Hazards], path: Path) -> None:
    """Write each method's hazards by target to one file, which appears at once."""
    arrays: dict[str, Any] = {f"{n}/{target}": h for n, made in hazards.items() for target, h in made.items()}

    def write(draft: Path) -> None:
        with draft.open("wb") as file:  # given a name, NumPy would put an ending of its own to it
            np.savez(file, **arrays)

    atomic_write(path, write)


def read_hazards(path: Path) -> dict[str, Hazards]:
    """Read what `write_hazards` wrote, to the last digit."""
    made: dict[str, Hazards] = {}
    with np.load(path) as stored:
        for entry in stored.files:
            name, _, target = entry.partition("/")
            made.setdefault(name, {})[target] = stored[entry]
    return made


def read_backtest(path: Path, rows: LabelledRows, folds: Sequence[Fold]) -> Backtest:
    """Put a stored backtest together with the rows it was made on."""
    evaluated = np.logical_or.reduce([_evaluated(rows, fold) for fold in folds])
    return Backtest(rows.take(evaluated), read_hazards(path), tuple(folds))


def _forecast_fold(rows: LabelledRows, fold: Fold, names: Sequence[str]) -> dict[str, Hazards]:
    known, features = rows.known_at(fold.labels_until), rows.features[_evaluated(rows, fold)]
    models = [method(name)().fit(known, fold.labels_until) for name in names]
    return {part.name: part.hazards(features) for model in models for part in (model, *model.parts.values())}


def _evaluated(rows: LabelledRows, fold: Fold) -> npt.NDArray[np.bool_]:
    return np.isin(rows.origin_index, [calendar.month_index(o) for o in fold.origins])


def forecast_rows(backtest: Backtest, stamp: Stamp, until: int) -> Iterator[pd.DataFrame]:
    """Yield contract rows (contracts.BACKTEST) of one method and one fold at a time."""
    for name, hazards in backtest.hazards.items():
        for fold in backtest.folds:
            here = _evaluated(backtest.rows, fold)
            part = {t: h[here] for t, h in hazards.items()}
            rows = backtest.rows.take(here)
            table = rows_of(name, part, rows.features, stamp)
            yield BACKTEST.validate(table.assign(**_outcomes(rows, until)))


def _outcomes(rows: LabelledRows, until: int) -> dict[str, npt.NDArray[np.float64] | npt.NDArray[np.bool_]]:
    horizons = np.array(calendar.HORIZONS)[None, :]
    open_yet = rows.origin_index[:, None] + horizons > until
    observed, calm = [], []
    for target in TARGETS:
        happened = rows.first_onset[target][:, None] <= horizons
        at_risk = rows.calm[target][:, None]
        observed.append(np.where(at_risk & ~(open_yet & ~happened), happened.astype(float), np.nan).ravel())
        calm.append(np.repeat(rows.calm[target], horizons.size))
    return {"observed": np.concatenate(observed), "calm": np.concatenate(calm)}


def write_forecast_rows(tables: Iterator[pd.DataFrame], path: Path) -> int:
    """Write backtest rows to one parquet file, a piece at a time; return how many.

    Risks are kept to float32 and names are dictionaries: millions of rows in tens of megabytes.
    """
    return atomic_write(path, lambda draft: _write_pieces(tables, draft))


def _write_pieces(tables: Iterator[pd.DataFrame], draft: Path) -> int:
    written, writer = 0, None
    for table in tables:
        small = table.astype(dict.fromkeys(TEXT_COLUMNS, "category") | dict.fromkeys(RISK_COLUMNS, "float32"))
        piece = pa.Table.from_pandas(small, preserve_index=False)
        if writer is None:
            schema = pa.schema(
                [
                    f.with_type(pa.dictionary(pa.int32(), pa.string())) if f.name in TEXT_COLUMNS else f
                    for f in piece.schema
                ]
            )
            writer = pq.ParquetWriter(draft, schema, compression="zstd")
        writer.write_table(piece.cast(writer.schema))
        written += len(table)
    if writer is None:
        raise ValueError("the backtest made no forecast: check --from and --to")
    writer.close()
    return written
