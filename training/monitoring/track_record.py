"""Track record: published forecasts against their outcomes, and against the skill the backtest promised.

Two tests for each target and horizon. Calibration: the number of events is compared with its distribution under the
forecasts' own hazards (training/monitoring/closed_windows.py). Skill: the live score, redrawn by cluster bootstrap
(training/evaluation/bootstrap.py), is compared with the promised one, drawn from a normal distribution of its interval.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.panel.panel import Panel
from training.evaluation.bootstrap import BootstrapWeights, ClusterBootstrap
from training.evaluation.score_table import pick
from training.models.registry import CHAMPION, CLIMATOLOGY, OWN_HISTORY, SKILL_REFERENCES
from training.monitoring.closed_windows import DRAWS, KEYS, ClosedWindows, closed_windows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LIVE, LATE, BACKFILLED = "live", "late", "backfilled"
"""Published before the first forecast month had ended; published later; computed afterwards, as of the origin."""
SURE = 0.05
"""Significance level: a difference with a smaller p-value counts as more than chance."""
LEAST_ONSETS = 5
"""Fewest onsets for a p-value of a redrawn score."""
EVENTS = "events_of_expected"
SKILLS = {
    "brier_skill_vs_climatology": (CLIMATOLOGY, "brier_skill_vs_climatology"),
    "log_score_minus_own_history": (OWN_HISTORY, "log_score"),
}
"""Measure -> its reference, and the metric of the difference table that holds the promised value."""
HEADLINE = ("disruption", 6)
"""Target and horizon of the primary comparison, fixed before anything was published."""
COLUMNS = ["kind", "target", "horizon", "origins", "forecasts", "onsets", "measure", "live", "promised", "p"]


def first_publications(published: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of each origin's first publication, which is the one readers acted on, with their `kind`.

    Args:
        published: Forecast rows with `publication_id` and `backfilled`.

    Returns:
        Rows with `kind`: live, late or backfilled. A backfilled publication never replaces another one of its origin.
    """
    deadline = published["as_of"] + pd.offsets.MonthBegin(1)
    kind = np.where(published["issued_at"] < deadline, LIVE, LATE)
    marked = published.assign(kind=np.where(published["backfilled"], BACKFILLED, kind))
    order = {
        name: place
        for place, name in enumerate(
            marked.groupby("publication_id")["issued_at"].min().sort_values(kind="stable").index
        )
    }
    place = marked["publication_id"].map(order)
    return marked[place == place.groupby([marked["origin"], marked["backfilled"]]).transform("min")]


def track_record(
    panel: Panel, published: pd.DataFrame, references: pd.DataFrame, differences: pd.DataFrame, seed: int = 0
) -> pd.DataFrame:
    """Compare published forecasts with their outcomes and with the backtest.

    Args:
        panel: Panel with the outcomes.
        published: Rows of `contracts.forecasts.FORECASTS` with `publication_id` and `backfilled`.
        references: Backtest rows of `SKILL_REFERENCES`.
        differences: Paired differences of the backtest, which hold the promised skill.
        seed: Seed of the draws.

    Returns:
        Columns `COLUMNS`, one row per kind, target, reported horizon and measure with closed windows. `p` is the two-sided
        p-value of a difference as large if the promise holds; NaN with too few onsets or without a promise.
    """
    if published.empty:
        return pd.DataFrame(columns=COLUMNS)
    wide = (
        references.pivot_table("risk", KEYS, "model", observed=True)
        .reindex(columns=list(SKILL_REFERENCES))
        .reset_index()
    )
    promise = pick(differences, episodes="current", model=CHAMPION, window="all")
    lines = []
    for (kind, target), rows in first_publications(published).groupby(["kind", "target"]):
        for horizon, windows in closed_windows(panel, rows, str(target), wide, seed):
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
    """Return one sentence on the primary comparison: live forecasts against the promise or, without any, backfilled ones.

    Args:
        table: Table of `track_record`.

    Returns:
        Sentence without a full stop.
    """
    target, horizon = HEADLINE
    live, afterwards = (
        _compared(pick(table, kind=kind, target=target, horizon=horizon)) for kind in (LIVE, BACKFILLED)
    )
    if live:
        return live
    none = "no window of six months has closed since the first live forecast"
    return f"{none}; of backfilled ones: {afterwards}" if afterwards else none


def _compared(at: pd.DataFrame) -> str:
    """Return the comparison of one kind, target and horizon with the promise; empty without rows."""
    if at.empty:
        return ""
    by_measure = at.set_index("measure")
    counted = by_measure.loc[EVENTS]
    origins = "1 origin" if counted["origins"] == 1 else f"{counted['origins']} origins"
    words = f"{counted['onsets']:.0f} onsets in {origins}, {counted['live']:.2f} times the events expected"
    known = by_measure["p"].dropna()
    sure = [
        f"{name} {by_measure.at[name, 'live']:+.3f} against {by_measure.at[name, 'promised']:+.3f}"
        for name in known[known < SURE].index
    ]
    return f"{words}; {'more than chance: ' + ', '.join(sure) if sure else 'no more than chance from the promise'}"


def _counted(windows: ClosedWindows) -> dict[str, object]:
    """Compare the number of events with its expectation, the sum of the risks."""
    expected = float(windows.rows["risk"].sum())
    events = int((windows.onset >= 0).sum())
    return {"measure": EVENTS, "live": events / expected, "promised": 1.0, "p": _two_sided(windows.simulated - events)}


def _skills(windows: ClosedWindows, promise: pd.DataFrame, capitals: int, seed: int) -> Iterator[dict[str, object]]:
    """Compare skills, on the rows that every reference forecast too, with those of the backtest."""
    known = windows.rows[list(SKILL_REFERENCES)].notna().all(axis=1).to_numpy()
    if not known.any():
        return
    onset = windows.onset[known]
    weights = BootstrapWeights.draw(int(onset.max()) + 1, capitals, DRAWS, seed)
    bootstrap = ClusterBootstrap(weights, onset, windows.capital[known])
    risk = {name: windows.rows.loc[known, name].to_numpy(float) for name in ("risk", *SKILL_REFERENCES)}
    with np.errstate(invalid="ignore", divide="ignore"):
        by_measure = {
            "brier_skill_vs_climatology": 1
            - bootstrap.brier_score(risk["risk"]) / bootstrap.brier_score(risk[CLIMATOLOGY]),
            "log_score_minus_own_history": bootstrap.log_score(risk["risk"]) - bootstrap.log_score(risk[OWN_HISTORY]),
        }
    enough = len(np.unique(onset[onset >= 0])) >= LEAST_ONSETS
    for measure, (reference, metric) in SKILLS.items():
        promised_skill = pick(promise, reference=reference, metric=metric)
        value, low, high = promised_skill[["value", "low", "high"]].iloc[0] if len(promised_skill) else (np.nan,) * 3
        promised = np.random.default_rng(seed).normal(value, (high - low) / (2 * 1.96), DRAWS) if enough else np.nan
        p = _two_sided(by_measure[measure][1:] - promised) if enough and np.isfinite(value) else np.nan
        yield {"measure": measure, "live": float(by_measure[measure][0]), "promised": float(value), "p": p}


def _two_sided(difference: Floats | Ints) -> float:
    """Return the two-sided Monte Carlo p-value of 0, (r + 1) / (n + 1) in each tail (North, Curtis & Sham 2002, doi:10.1086/341527)."""
    known = difference[~np.isnan(difference)]
    tails = (np.sum(known <= 0) + 1, np.sum(known >= 0) + 1)
    return float(min(1.0, 2 * min(tails) / (len(known) + 1)))
