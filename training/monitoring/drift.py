"""Drift: how far the inputs, forecasts and labels of an origin lie from those the model learned from.

Every origin is compared with the ten years before it, so that the same numbers exist for every past origin: limits are the
largest values on the origins of `CALIBRATED` times `MARGIN`, and those origins end before the reported ones, so that the
flags of 2010-24 can be counted (benchmarks/drift.py). A group of features counts by its share of the forecast's movement: drift of inputs that hardly move
the forecast raises no flag. The statistics are those of training/monitoring/drift_statistics.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data import calendar
from data.panel.panel import Panel
from features.build import group_of
from training.dataset.folds import TUNED_BEFORE
from training.dataset.rows import LabelledRows
from training.dataset.target import outcomes
from training.evaluation.backtest import Backtest
from training.models.registry import CHAMPION
from training.monitoring.drift_statistics import REFERENCE_MONTHS, shifts_by_origin

CALIBRATED = (pd.Timestamp("2000-01-01"), TUNED_BEFORE - pd.DateOffset(months=1))
"""Origins whose largest values are the limits: ten years, after ten years of history to compare with."""
TARGET, HORIZON = "disruption", 6
MARGIN = 1.5
"""The smallest of the margins tried (1 to 2) with which the origins of `CALIBRATED` raise a flag on less than 5 % of those
left out, both with each year left out in turn and with 2005-09 held against the limits of 2000-04."""
LEAST = {"psi": 0.1, "ks": 0.1, "log_rate": np.log(1.5)}
"""Lower bounds of the limits: a stability index of .1 is read as a shift, and 190 capitals give about .1 in KS by chance."""
MATTERS = 0.05
"""Least share of the forecast's movement at which a group can raise a flag."""
RATE_MONTHS = 12
REVISED_LIMIT = 0.05
"""Limit of the share of episode months that differ between the frozen and the current catalogue."""
INPUTS, FORECASTS, ONSETS = "inputs", "forecasts", "onsets"
COLUMNS = ["part", "measure", "share", "value", "limit", "flagged", "until"]
ACTIONS = {
    INPUTS: "look for a feed that changed with `chokepoint sources` and `chokepoint snapshots verify`; if the values are right, retrain",
    FORECASTS: "read in `what_changed.png` which capitals moved and their drivers; if they mislead, `chokepoint rollback`",
    ONSETS: "check the newest episodes with `chokepoint episodes check`; if they are right, the level follows within a year",
    "labels": "compare the scores of both versions of the catalogue with `chokepoint skill`, and retrain",
}
"""What to do about a flag, by the word its part begins with."""


@dataclass(frozen=True)
class DriftReport:
    """Drift of the newest origin, and the history it is compared with.

    Attributes:
        table: Columns `COLUMNS`, one row per part and measure of the newest origin; `until` is the month of the value, which
            for onsets is the last one that the catalogue covers.
        history: Values of every origin; index origin, columns (part, measure).
    """

    table: pd.DataFrame
    history: pd.DataFrame

    @property
    def flags(self) -> list[str]:
        """Return one sentence per flag of the newest origin."""
        return flags(self.table)


def flags(table: pd.DataFrame) -> list[str]:
    """Return one sentence per flag: value, limit, month and what to do, largest share of the forecast's movement first."""
    return [
        f"{r.part} {r.measure} {r.value:.2f} above {r.limit:.2f} in {r.until}: {ACTIONS[r.part.split(':')[0]]}"
        for r in raised(table).itertuples()
    ]


def raised(table: pd.DataFrame) -> pd.DataFrame:
    """Return the flagged rows of a drift table, largest share of the forecast's movement first."""
    return table[table["flagged"]].sort_values("share", ascending=False, kind="stable")


def measure_drift(
    panel: Panel, rows: LabelledRows, inputs: pd.DataFrame, backtest: Backtest, revised: pd.DataFrame
) -> DriftReport:
    """Compare the newest origin with all before it.

    Args:
        panel: Panel with the outcomes.
        rows: Labelled rows of every origin up to the newest.
        inputs: Columns `feature` and `weight_disruption`, how much each input moves the forecast of disruption.
        backtest: Champion's forecasts of past origins.
        revised: Rows of `label_revisions.label_revisions`.

    Returns:
        Table of the newest origin and history of every origin.
    """
    share = group_shares(inputs)
    history = pd.concat([*_inputs(rows, inputs), _forecasts(backtest), _onsets(panel)], axis=1, sort=True)
    history.columns = pd.MultiIndex.from_tuples(history.columns, names=["part", "measure"])
    history = history[history.index <= calendar.month_at(panel.last)]
    table = compare_with_limits(history, share)
    table = pd.concat([table, revised.astype(table.dtypes)], ignore_index=True)
    return DriftReport(table, history)


def write(report: DriftReport, folder: Path) -> None:
    """Write `drift.parquet` and `drift_history.parquet`, whose columns are named `<measure> <part>`."""
    report.table.to_parquet(folder / "drift.parquet", index=False)
    plain = report.history.set_axis([f"{measure} {part}" for part, measure in report.history.columns], axis=1)
    plain.rename_axis("origin").to_parquet(folder / "drift_history.parquet")


def read(folder: Path) -> DriftReport:
    """Read the report that `write` wrote to a folder."""
    history = pd.read_parquet(folder / "drift_history.parquet")
    pairs = [tuple(reversed(name.split(" ", 1))) for name in history.columns]
    history.columns = pd.MultiIndex.from_tuples(pairs, names=["part", "measure"])
    return DriftReport(pd.read_parquet(folder / "drift.parquet"), history)


def group_shares(inputs: pd.DataFrame) -> pd.Series:
    """Return each feature group's share of the movement of the forecast of disruption, largest first; sums to 1."""
    weight = inputs.set_index("feature")[f"weight_{TARGET}"]
    owner = group_of()
    summed = weight.groupby([owner[name].name for name in weight.index]).sum()
    return (summed / summed.sum()).sort_values(ascending=False)


def compare_with_limits(history: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """Compare the newest values of a history with the limits of the calibration years.

    Args:
        history: Values of every origin; index origin, columns (part, measure).
        share: Feature group -> share of the forecast's movement; parts that are no group count as 1.

    Returns:
        Columns `COLUMNS`; `flagged` where the value exceeds its limit and the share is at least `MATTERS`.
    """
    limits = calibrated_limits(history)
    lines = []
    for part, measure in history.columns:
        values = history[part, measure].dropna() if part == ONSETS else history[part, measure]
        value, until = (values.iloc[-1], values.index[-1]) if len(values) else (np.nan, history.index[-1])
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
                "until": f"{until:%Y-%m}",
            }
        )
    return pd.DataFrame(lines, columns=COLUMNS)


def calibrated_limits(history: pd.DataFrame) -> pd.Series:
    """Return the limit of each column: its largest value in the calibration years times `MARGIN`, at least `LEAST`; NaN, hence no flag, without values."""
    largest = history.loc[CALIBRATED[0] : CALIBRATED[1]].max() * MARGIN
    floor = pd.Series([LEAST[measure] for _, measure in history.columns], history.columns)
    return largest.where(largest.isna(), np.maximum(largest, floor))


def _inputs(rows: LabelledRows, inputs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield psi and ks of the groups and of all inputs, means weighted by how much each feature moves the forecast."""
    index, place = np.unique(rows.origin_index, return_inverse=True)
    months = pd.DatetimeIndex([calendar.month_at(int(i)) for i in index])
    weight = inputs.set_index("feature")[f"weight_{TARGET}"]
    group = pd.Series({name: group_of()[name].name for name in weight.index})
    shifts = {n: shifts_by_origin(rows.features[n].to_numpy(float), place, len(index)) for n in weight.index}
    for measure in ("psi", "ks"):
        table = pd.DataFrame({name: values[measure] for name, values in shifts.items()}, months)
        summed = (table * weight).T.groupby(group).sum(min_count=1).T / weight.groupby(group).sum()
        overall = (table * weight).sum(axis=1, min_count=1) / weight.sum()
        yield pd.DataFrame({(INPUTS, measure): overall} | {(f"{INPUTS}: {g}", measure): summed[g] for g in summed})


def _forecasts(backtest: Backtest) -> pd.DataFrame:
    calm = backtest.rows.calm[TARGET]
    index, place = np.unique(backtest.rows.origin_index[calm], return_inverse=True)
    shifts = shifts_by_origin(backtest.risk(CHAMPION, TARGET, HORIZON)[calm], place, len(index))
    months = pd.DatetimeIndex([calendar.month_at(int(i)) for i in index])
    return pd.DataFrame({(FORECASTS, measure): values for measure, values in shifts.items()}, months)


def _onsets(panel: Panel) -> pd.DataFrame:
    """Return |ln| of the ratio of a year's onsets to the yearly mean of the ten years before, half an onset added to both.

    It ends with the catalogue: a month that nobody has reviewed has no onsets yet, and is not quiet.
    """
    first = calendar.month_index(pd.Timestamp("1990-01-01"))
    monthly = outcomes(panel)[TARGET].onsets.sum(axis=0)[first : min(panel.known_to, panel.last) + 1].astype(float)
    total = np.concatenate([[0.0], np.cumsum(monthly)])
    end = np.arange(2 * RATE_MONTHS, len(total))
    begin = end - RATE_MONTHS
    start = np.maximum(begin - REFERENCE_MONTHS, 0)
    year, before = total[end] - total[begin], (total[begin] - total[start]) / (begin - start) * RATE_MONTHS
    ratio = np.abs(np.log((year + 0.5) / (before + 0.5)))
    months = pd.DatetimeIndex([calendar.month_at(first + int(i) - 1) for i in end])
    return pd.DataFrame({(ONSETS, "log_rate"): ratio}, months)
