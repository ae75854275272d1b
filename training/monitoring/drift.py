"""Whether inputs, forecasts and labels of an origin look like those the model learned from, and what of it matters.

Every origin is compared with all before it, so that the same numbers exist for every past origin: limits are the largest
values seen on origins of `CALIBRATED`, which end before the reported ones, and the flags of 2010-24 can be counted
(benchmarks/drift.py). A group of features leads by its share of what moves the forecast: a drift nobody listens to is no flag.

Population stability index: sum of (p - q) ln(p / q) over tenths of the values and the missing ones (Siddiqi 2006, Credit
risk scorecards). Kolmogorov-Smirnov: largest distance of the two distributions of known values, read at those tenths.
Capitals of one month are no independent sample, so neither is turned into a p-value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.panel.panel import Panel
from features.build import group_of
from training.dataset.folds import TUNED_BEFORE
from training.dataset.rows import LabelledRows
from training.dataset.target import outcomes
from training.evaluation.backtest import Backtest
from training.models.registry import CHAMPION

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CALIBRATED = (pd.Timestamp("2000-01-01"), TUNED_BEFORE - pd.DateOffset(months=1))
"""Origins whose largest values are the limits: ten years, after ten to learn from."""
BINS = 10
TARGET, HORIZON = "disruption", 6
LEAST = {"psi": 0.1, "ks": 0.1, "log_rate": np.log(1.5)}
"""No limit lies below: .1 is where a stability index is read as a shift, and about what 190 capitals give by chance in KS."""
MATTERS = 0.05
"""A group that moves the forecast less than this share raises no flag, however far it drifts."""
RATE_MONTHS = 12
REVISED_LIMIT = 0.05
"""Share of episode months of the frozen catalogue that the one in use may say otherwise."""
INPUTS, FORECASTS, ONSETS = "inputs", "forecasts", "onsets"
COLUMNS = ["part", "measure", "share", "value", "limit", "flagged"]


@dataclass(frozen=True)
class DriftReport:
    """The newest origin's table (COLUMNS), and the values of every origin: index origin, columns (part, measure)."""

    table: pd.DataFrame
    history: pd.DataFrame

    @property
    def flags(self) -> list[str]:
        """Say each flag of the newest origin."""
        return flags(self.table)


def flags(table: pd.DataFrame) -> list[str]:
    """Say each flag of a table (COLUMNS) with its number and its limit, the one that matters most first."""
    raised = table[table["flagged"]].sort_values("share", ascending=False, kind="stable")
    return [f"{r.part} {r.measure} {r.value:.2f} above {r.limit:.2f}" for r in raised.itertuples()]


def measure_drift(
    panel: Panel, rows: LabelledRows, seen: pd.DataFrame, tested: Backtest, revised: pd.DataFrame
) -> DriftReport:
    """Compare the newest origin with all before it; `seen` is situations.inputs of the model, `revised` of `revisions`."""
    share = group_shares(seen)
    history = pd.concat([*_inputs(rows, seen), _forecasts(tested), _onsets(panel)], axis=1, sort=True)
    history.columns = pd.MultiIndex.from_tuples(history.columns, names=["part", "measure"])
    history = history[history.index <= calendar.month_at(panel.last)]
    table = compare_with_limits(history, share)
    table = pd.concat([table, revised.astype(table.dtypes)], ignore_index=True)
    return DriftReport(table, history)


def write(found: DriftReport, folder: Path) -> None:
    """Write `drift.parquet` and `drift_history.parquet`, whose columns are measure and part with a blank between."""
    found.table.to_parquet(folder / "drift.parquet", index=False)
    plain = found.history.set_axis([f"{measure} {part}" for part, measure in found.history.columns], axis=1)
    plain.rename_axis("origin").to_parquet(folder / "drift_history.parquet")


def read(folder: Path) -> DriftReport:
    """Read what `write` wrote."""
    history = pd.read_parquet(folder / "drift_history.parquet")
    pairs = [tuple(reversed(name.split(" ", 1))) for name in history.columns]
    history.columns = pd.MultiIndex.from_tuples(pairs, names=["part", "measure"])
    return DriftReport(pd.read_parquet(folder / "drift.parquet"), history)


def group_shares(seen: pd.DataFrame) -> pd.Series:
    """Return each feature group's share of what moves the forecast of disruption."""
    weight = seen.set_index("feature")[f"weight_{TARGET}"]
    owner = group_of()
    summed = weight.groupby([owner[name].name for name in weight.index]).sum()
    return (summed / summed.sum()).sort_values(ascending=False)


def compare_with_limits(history: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """Hold the newest origin of a history against the limits of the calibration years."""
    limits = calibrated_limits(history)
    lines = []
    for (part, measure), value in history.iloc[-1].items():
        weight = float(share.get(str(part).removeprefix(f"{INPUTS}: "), 1.0))
        limit = limits[part, measure]
        lines.append(
            {
                "part": part,
                "measure": measure,
                "share": weight,
                "value": float(value),
                "limit": float(limit),
                "flagged": bool(value > limit and weight >= MATTERS),
            }
        )
    return pd.DataFrame(lines, columns=COLUMNS)


def calibrated_limits(history: pd.DataFrame) -> pd.Series:
    """Return the largest value of the calibration years, at least LEAST; NaN, which nothing exceeds, where there is none."""
    largest = history.loc[CALIBRATED[0] : CALIBRATED[1]].max()
    floor = pd.Series([LEAST[measure] for _, measure in history.columns], history.columns)
    return largest.where(largest.isna(), np.maximum(largest, floor))


def psi(before: Floats, now: Floats) -> Floats:
    """Return the stability index of counts by bin against earlier ones, lines by lines; half a row stands in every bin."""
    scaled = before * now.sum(-1, keepdims=True) / np.maximum(before.sum(-1, keepdims=True), 1)
    p, q = ((c + 0.5) / (c + 0.5).sum(-1, keepdims=True) for c in (now, scaled))
    return np.asarray(((p - q) * np.log(p / q)).sum(-1))


def ks(before: Floats, now: Floats) -> Floats:
    """Return the largest distance of the distributions of the known values (all bins but the last)."""
    with np.errstate(invalid="ignore"):
        p, q = (np.cumsum(c[..., :-1], -1) / c[..., :-1].sum(-1, keepdims=True) for c in (now, before))
    return np.asarray(np.nan_to_num(np.abs(p - q)).max(-1))


def counts_by_origin(values: Floats, place: Ints, origins: int) -> Floats:
    """Count values by origin and tenth of all of them, the missing ones last."""
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.array([])
    bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    width = len(edges) + 2
    return np.bincount(place * width + bins, minlength=origins * width).reshape(origins, width).astype(float)


def shifts_by_origin(values: Floats, place: Ints, origins: int) -> dict[str, Floats]:
    """Return psi and ks of every origin against all before it; NaN at the first."""
    now = counts_by_origin(values, place, origins)
    before = np.cumsum(now, axis=0) - now
    return {"psi": _but_first(psi(before, now)), "ks": _but_first(ks(before, now))}


def _but_first(values: Floats) -> Floats:
    return np.concatenate([[np.nan], values[1:]])


def _inputs(rows: LabelledRows, seen: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield psi and ks of the groups and of all inputs, features weighing what they move the forecast."""
    index, place = np.unique(rows.origin_index, return_inverse=True)
    months = pd.DatetimeIndex([calendar.month_at(int(i)) for i in index])
    weight = seen.set_index("feature")[f"weight_{TARGET}"]
    group = pd.Series({name: group_of()[name].name for name in weight.index})
    made = {n: shifts_by_origin(rows.features[n].to_numpy(float), place, len(index)) for n in weight.index}
    for measure in ("psi", "ks"):
        table = pd.DataFrame({name: values[measure] for name, values in made.items()}, months)
        summed = (table * weight).T.groupby(group).sum(min_count=1).T / weight.groupby(group).sum()
        whole = (table * weight).sum(axis=1, min_count=1) / weight.sum()
        yield pd.DataFrame({(INPUTS, measure): whole} | {(f"{INPUTS}: {g}", measure): summed[g] for g in summed})


def _forecasts(tested: Backtest) -> pd.DataFrame:
    calm = tested.rows.calm[TARGET]
    index, place = np.unique(tested.rows.origin_index[calm], return_inverse=True)
    made = shifts_by_origin(tested.risk(CHAMPION, TARGET, HORIZON)[calm], place, len(index))
    months = pd.DatetimeIndex([calendar.month_at(int(i)) for i in index])
    return pd.DataFrame({(FORECASTS, measure): values for measure, values in made.items()}, months)


def _onsets(panel: Panel) -> pd.DataFrame:
    """Return how far a year's onsets lie from those of the years before, as the size of the log of the ratio."""
    first = calendar.month_index(pd.Timestamp("1990-01-01"))
    monthly = outcomes(panel)[TARGET].onsets.sum(axis=0)[first : min(panel.reached, panel.last) + 1].astype(float)
    total = np.cumsum(monthly)
    year = total[RATE_MONTHS:] - total[:-RATE_MONTHS]
    before = total[:-RATE_MONTHS] / np.arange(1, len(year) + 1) * RATE_MONTHS
    ratio = np.abs(np.log((year + 0.5) / (before + 0.5)))
    months = pd.DatetimeIndex([calendar.month_at(first + RATE_MONTHS + i) for i in range(len(year))])
    return pd.DataFrame({(ONSETS, "log_rate"): ratio}, months)
