"""Published forecasts against what followed, and against what the backtest promised.

Two questions, for each target and horizon. Did as many onsets come as the risks said? Under its own risks a forecast has a
distribution of events: onsets are drawn month by month, each capital-month with the hazard of the newest forecast before
it, so that windows which overlap share their fate in the draws as they do in the world. And is the skill that of the backtest?
The live score is redrawn over episodes and capitals (training/evaluation/bootstrap.py), the promise within its own interval.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.panel.panel import Panel
from training.dataset.target import Outcomes, outcomes
from training.evaluation.bootstrap import BootstrapWeights, ClusterBootstrap
from training.evaluation.score_table import pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, CLIMATOLOGY, OWN_HISTORY, SKILL_REFERENCES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LIVE, LATE, BACKFILLED = "live", "late", "backfilled"
"""Published before the first month it forecasts had ended; published later; made afterwards as it would have been."""
DRAWS = 1000
SURE = 0.05
"""Below this p-value a difference is called more than chance."""
LEAST_ONSETS = 5
"""With fewer onsets a redrawn score says nothing, and no p-value is given."""
EVENTS = "events_of_expected"
SKILLS = {
    "brier_skill_vs_climatology": (CLIMATOLOGY, "brier_skill_vs_climatology"),
    "log_score_minus_own_history": (OWN_HISTORY, "log_score"),
}
"""Measure -> the reference it needs and the metric of the table of differences that promises it."""
HEADLINE = ("disruption", 6)
"""The line that is judged first, named before anything was published."""
KEYS = ["origin", "iso3", "target", "horizon"]
COLUMNS = ["kind", "target", "horizon", "origins", "forecasts", "onsets", "measure", "live", "promised", "p"]


@dataclass(frozen=True)
class ClosedWindows:
    """Closed windows of one kind, target and horizon, one entry a forecast."""

    rows: pd.DataFrame
    """Issued rows with a column of risk for each of SKILL_REFERENCES, NaN where the backtest has not reached the origin."""
    onset: Ints
    """Number of the onset inside, -1 where none."""
    capital: Ints
    drawn: Ints
    """Events in each draw under the forecasts' own hazards."""


def first_publications(issued: pd.DataFrame) -> pd.DataFrame:
    """Keep, of every origin, the publication that came first, which is what a reader acted on; add `kind`.

    Backfilled publications are kept beside, never instead.
    """
    deadline = issued["as_of"] + pd.offsets.MonthBegin(1)
    kind = np.where(issued["issued_at"] < deadline, LIVE, LATE)
    marked = issued.assign(kind=np.where(issued["backfilled"], BACKFILLED, kind))
    order = {
        name: place
        for place, name in enumerate(
            marked.groupby("publication_id")["issued_at"].min().sort_values(kind="stable").index
        )
    }
    place = marked["publication_id"].map(order)
    return marked[place == place.groupby([marked["origin"], marked["backfilled"]]).transform("min")]


def track_record(
    panel: Panel, issued: pd.DataFrame, references: pd.DataFrame, differences: pd.DataFrame, seed: int = 0
) -> pd.DataFrame:
    """Return one row per kind, target, reported horizon and measure that has closed windows; see COLUMNS.

    `issued` are rows of contracts.FORECASTS with `publication_id` and `backfilled`; `references` the backtest's rows of SKILL_REFERENCES;
    `differences` the table of the backtest (training/evaluation/paired_differences.py), which holds the promise. `p` is the chance of a difference
    as large where the forecasts are as good as promised; NaN where there are too few onsets, or no promise.
    """
    if issued.empty:
        return pd.DataFrame(columns=COLUMNS)
    wide = (
        references.pivot_table("risk", KEYS, "model", observed=True)
        .reindex(columns=list(SKILL_REFERENCES))
        .reset_index()
    )
    promise = pick(differences, episodes="current", model=CHAMPION, window="all")
    lines = []
    for (kind, target), rows in first_publications(issued).groupby(["kind", "target"]):
        for horizon, windows in _windows(panel, rows, str(target), wide, seed):
            where = {
                "kind": kind,
                "target": target,
                "horizon": horizon,
                "origins": windows.rows["origin"].nunique(),
                "forecasts": len(windows.rows),
                "onsets": len(np.unique(windows.onset[windows.onset >= 0])),
            }
            promised = pick(promise, target=target, horizon=horizon)
            lines += [
                {**where, **line} for line in (_counted(windows), *_skills(windows, promised, len(panel.iso3), seed))
            ]
    return pd.DataFrame(lines, columns=COLUMNS)


def verdict(table: pd.DataFrame) -> str:
    """Say in one sentence how live forecasts of disruption at six months compare with the promise; without any, how backfilled ones do."""
    target, horizon = HEADLINE
    live, afterwards = (
        _compared(pick(table, kind=kind, target=target, horizon=horizon)) for kind in (LIVE, BACKFILLED)
    )
    if live:
        return live
    none = "no window of six months has closed since the first live forecast"
    return f"{none}; of backfilled ones: {afterwards}" if afterwards else none


def _compared(at: pd.DataFrame) -> str:
    """Compare the lines of one kind, target and horizon with the promise; nothing where there are none."""
    if at.empty:
        return ""
    found = at.set_index("measure")
    counted = found.loc[EVENTS]
    origins = "1 origin" if counted["origins"] == 1 else f"{counted['origins']} origins"
    words = f"{counted['onsets']:.0f} onsets in {origins}, {counted['live']:.2f} times the events expected"
    known = found["p"].dropna()
    sure = [
        f"{name} {found.at[name, 'live']:+.3f} against {found.at[name, 'promised']:+.3f}"
        for name in known[known < SURE].index
    ]
    return f"{words}; {'more than chance: ' + ', '.join(sure) if sure else 'no more than chance from the promise'}"


def _windows(
    panel: Panel, rows: pd.DataFrame, target: str, wide: pd.DataFrame, seed: int
) -> Iterator[tuple[int, ClosedWindows]]:
    """Yield the closed windows of each horizon, with onsets drawn once for all of them."""
    number = {code: i for i, code in enumerate(panel.iso3)}
    rows = rows[rows["iso3"].isin(number)]
    start = int(calendar.month_indices(rows["origin"]).min())
    counts = _drawn_onsets(rows, number, start, seed)
    truth = outcomes(panel)[target]
    for horizon in REPORTED_HORIZONS:
        at = rows[(rows["horizon"] == horizon) & rows["risk"].notna()]
        at = at[calendar.month_indices(at["origin"]) + horizon <= truth.until]
        if at.empty:
            continue
        index, unit = calendar.month_indices(at["origin"]), at["iso3"].map(number).to_numpy()
        inside = counts[:, unit, index - start + horizon] > counts[:, unit, index - start]
        joined = at.merge(wide, on=KEYS, how="left")
        yield horizon, ClosedWindows(joined, _onsets(truth, unit, index, horizon), unit, inside.sum(axis=1))


def _drawn_onsets(rows: pd.DataFrame, number: dict[str, int], start: int, seed: int) -> npt.NDArray[np.int16]:
    """Draw months of onset for every capital: draws x units x months since `start`, summed up to each month."""
    hazard = _newest_hazards(rows, number, start)
    drawn = np.random.default_rng(seed).random((DRAWS, *hazard.shape), dtype=np.float32) < hazard
    return np.cumsum(drawn, axis=2, dtype=np.int16)


def _newest_hazards(rows: pd.DataFrame, number: dict[str, int], start: int) -> npt.NDArray[np.float32]:
    """Return unit x month hazards, each from the newest origin before the month that was calm; 0 where none was."""
    last = int(calendar.month_indices(rows["origin"]).max()) + calendar.HORIZONS[-1]
    hazard = np.zeros((len(number), last - start + 1), np.float32)
    ordered = rows[rows["hazard"].notna()].sort_values("origin", kind="stable")
    month = calendar.month_indices(ordered["origin"]) - start + ordered["horizon"].to_numpy()
    hazard[ordered["iso3"].map(number).to_numpy(), month] = ordered["hazard"].to_numpy()
    return hazard


def _onsets(truth: Outcomes, unit: Ints, index: Ints, horizon: int) -> Ints:
    origins, place = np.unique(index, return_inverse=True)
    ahead = truth.first_onset(origins)[unit, place]
    month = unit * (truth.ongoing.shape[1] + horizon + 1) + index + ahead
    return np.where(ahead <= horizon, np.unique(month, return_inverse=True)[1], -1)


def _counted(windows: ClosedWindows) -> dict[str, object]:
    """Compare the events with the sum of the risks."""
    expected = float(windows.rows["risk"].sum())
    found = int((windows.onset >= 0).sum())
    return {"measure": EVENTS, "live": found / expected, "promised": 1.0, "p": _two_sided(windows.drawn - found)}


def _skills(windows: ClosedWindows, promise: pd.DataFrame, capitals: int, seed: int) -> Iterator[dict[str, object]]:
    """Compare the scores on the rows that every reference has forecast too with those of the backtest."""
    known = windows.rows[list(SKILL_REFERENCES)].notna().all(axis=1).to_numpy()
    if not known.any():
        return
    onset = windows.onset[known]
    draws = BootstrapWeights.draw(int(onset.max()) + 1, capitals, DRAWS, seed)
    redrawn = ClusterBootstrap(draws, onset, windows.capital[known])
    risk = {name: windows.rows.loc[known, name].to_numpy(float) for name in ("risk", *SKILL_REFERENCES)}
    with np.errstate(invalid="ignore", divide="ignore"):
        made = {
            "brier_skill_vs_climatology": 1
            - redrawn.brier_score(risk["risk"]) / redrawn.brier_score(risk[CLIMATOLOGY]),
            "log_score_minus_own_history": redrawn.log_score(risk["risk"]) - redrawn.log_score(risk[OWN_HISTORY]),
        }
    enough = len(np.unique(onset[onset >= 0])) >= LEAST_ONSETS
    for measure, (reference, metric) in SKILLS.items():
        said = pick(promise, reference=reference, metric=metric)
        value, low, high = said[["value", "low", "high"]].iloc[0] if len(said) else (np.nan,) * 3
        promised = np.random.default_rng(seed).normal(value, (high - low) / (2 * 1.96), DRAWS) if enough else np.nan
        p = _two_sided(made[measure][1:] - promised) if enough and np.isfinite(value) else np.nan
        yield {"measure": measure, "live": float(made[measure][0]), "promised": float(value), "p": p}


def _two_sided(difference: Floats | Ints) -> float:
    """Return twice the smaller tail of differences around 0, what was found counted as one of them."""
    known = difference[~np.isnan(difference)]
    tails = (np.sum(known <= 0) + 1, np.sum(known >= 0) + 1)
    return float(min(1.0, 2 * min(tails) / (len(known) + 1)))
