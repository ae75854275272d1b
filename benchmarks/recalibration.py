"""Settings of the champion's recalibration: harm before 2010, sums of risks over events, and skill.

Every setting is pooled prequentially on the folds that the last retraining cached; without a cache they are fitted anew. The
log score before 2010 is the mean over the reported horizons of windows that end before 2010, minus that without any
recalibration, with a standard error by capital. Writes benchmarks/BENCHMARKS.md. Run:
`.venv/bin/python benchmarks/recalibration.py` after `make forecast`; about two minutes a setting.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.markdown import fill_section
from data import calendar
from data.calendar import now
from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.settings import REPOSITORY, settings
from training.dataset import training_set
from training.dataset.folds import FIRST_BACKTEST_ORIGIN, TUNED_BEFORE
from training.dataset.rows import LabelledRows, label_rows
from training.evaluation import judge, scores
from training.evaluation.backtest import Backtest, pool_prequentially
from training.evaluation.slices import REPORTED_HORIZONS, is_scored
from training.models import recalibration
from training.models.base import Hazards, risks
from training.models.registry import CHAMPION, CLIMATOLOGY
from training.stages.cache import Cache
from training.stages.checkpoints import digest_key
from training.tracking.code_version import commit

HORIZON = 6
SINCE = pd.Timestamp("2020-01-01")
UNMOVED = (12.0, 1e9, 1e9)
SETTINGS = (
    (6.0, 20.0, 100.0),
    (9.0, 40.0, 200.0),
    (12.0, 20.0, 200.0),
    (12.0, 40.0, 200.0),
    (12.0, 80.0, 400.0),
    (18.0, 40.0, 200.0),
    (24.0, 40.0, 200.0),
    (24.0, 80.0, 400.0),
)
"""Half-life in months, ridge of the level, ridge of the slope: eight of the 54 tried (docs/methods.md)."""
HEAD = [
    "half-life, ridges of level and slope",
    "log score x 1e5 minus unmoved, before 2010 (standard error): " + ", ".join(TARGETS),
    f"sum of forecast over events, h={HORIZON}, since 2020: same order",
    "Brier skill, all origins: same order",
]


def main() -> None:
    """Pool with every setting, score, write."""
    panel = panels.load()
    rows = training_set.labelled_rows(panel)
    folds = Cache(settings().home).folder("folds", digest_key("folds", without=frozenset({"episodes.csv"})))
    tested = judge.backtest_methods(rows, calendar.month_at(panel.last), FIRST_BACKTEST_ORIGIN, parts=folds)
    truth = label_rows(panel, tested.rows.features, training_set.outcomes_by_catalogue(panel)["version_1"])
    lines = table(tested, truth)
    intro = f"{now():%Y-%m-%d}, commit `{commit()}`, data `{panel.vintage}`: `.venv/bin/python benchmarks/recalibration.py`."
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "recalibration", "\n".join([intro, "", *lines]))


def table(tested: Backtest, truth: LabelledRows, tried: tuple[tuple[float, float, float], ...] = SETTINGS) -> list[str]:
    """Return the lines of the table of a backtest's settings, scored on its rows with the outcomes of `truth`."""
    unmoved = recalibrated(tested, UNMOVED)
    lines = [f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD)]
    for setting in tried:
        hazards = recalibrated(tested, setting)
        cells = [scored(truth, (hazards, unmoved, tested.hazards[CLIMATOLOGY]), target) for target in TARGETS]
        columns = (", ".join(texts) for texts in zip(*cells, strict=True))
        lines.append(f"| {setting[0]:g} months, {setting[1]:g}, {setting[2]:g} | {' | '.join(columns)} |")
    return lines


def recalibrated(tested: Backtest, setting: tuple[float, float, float]) -> Hazards:
    """Return the champion's hazards with other settings of its recalibration."""
    names = ("HALF_LIFE_MONTHS", "RIDGE_LEVEL", "RIDGE_SLOPE")
    in_force = {name: getattr(recalibration, name) for name in names}
    try:
        for name, value in zip(names, setting, strict=True):
            setattr(recalibration, name, value)
        return pool_prequentially(tested, CHAMPION)
    finally:
        for name, value in in_force.items():
            setattr(recalibration, name, value)


def scored(rows: LabelledRows, by: tuple[Hazards, Hazards, Hazards], target: str) -> tuple[str, str, str]:
    """Return harm before 2010 with its standard error, the sum of risks over events since 2020, and Brier skill of a target.

    Args:
        rows: Rows of the backtest with the outcomes to score by.
        by: Hazards of the champion, of the champion without recalibration, and of climatology.
        target: Name of the target.
    """
    hazards, unmoved, climatology = by
    used, first = is_scored(rows) & rows.calm[target], rows.first_onset[target]
    early = used & (rows.origin_index < calendar.month_index(TUNED_BEFORE) - calendar.HORIZONS[-1])
    late = used & (rows.origin_index >= calendar.month_index(SINCE))
    apart = _log_loss(hazards[target][early], first[early]) - _log_loss(unmoved[target][early], first[early])
    difference = pd.Series(apart, rows.features["iso3"].to_numpy()[early])
    by_capital = (difference - difference.mean()).groupby(level=0).sum()
    error = float(np.sqrt((by_capital**2).sum()) / early.sum())
    hit = (first <= HORIZON).astype(float)
    risk, base = (risks(h[target])[:, HORIZON - 1] for h in (hazards, climatology))
    share = risk[late].sum() / hit[late].sum()
    skill = 1 - ((risk - hit)[used] ** 2).mean() / ((base - hit)[used] ** 2).mean()
    return f"{1e5 * difference.mean():+.0f} ({1e5 * error:.0f})", f"{share:.2f}", f"{skill:.4f}"


def _log_loss(hazard: scores.Floats, first: npt.NDArray[np.int64]) -> scores.Floats:
    """Return the mean log loss of each row over the reported horizons."""
    each = [scores.log_losses(risks(hazard)[:, h - 1], (first <= h).astype(float)) for h in REPORTED_HORIZONS]
    return np.asarray(np.mean(each, axis=0))


if __name__ == "__main__":
    main()
