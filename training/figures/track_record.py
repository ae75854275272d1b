"""Figure of the track record: promised and realised skill of published forecasts."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.evaluation.score_table import pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.figures import palette
from training.monitoring.track_record import BACKFILLED, EVENTS, LATE, LIVE, SKILLS, SURE

TITLES = {
    EVENTS: "events / events expected",
    "brier_skill_vs_climatology": "Brier skill vs climatology",
    "log_score_minus_own_history": "log score minus own history's\n(below 0 is better)",
}


def draw(table: pd.DataFrame) -> Figure:
    """Draw each measure by horizon and target beside its promise: live forecasts where any has closed, else the others.

    Filled where the difference is more than chance, hollow where it is not, small where there are too few onsets for a p-value.
    """
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    axes = figure.subplots(1, len(TITLES))
    kind = next((k for k in (LIVE, LATE, BACKFILLED) if (table["kind"] == k).any()), LIVE)
    shown = table[table["kind"] == kind]
    for axis, measure in zip(axes, (EVENTS, *SKILLS), strict=True):
        _measure(axis, shown[shown["measure"] == measure])
        axis.set(title=TITLES[measure], xlabel="months ahead")
        axis.set_xticks(range(len(REPORTED_HORIZONS)), [str(h) for h in REPORTED_HORIZONS])
    if shown.empty:
        axes[1].text(0.5, 0.5, "no window has closed yet", ha="center", transform=axes[1].transAxes)
        return figure
    axes[0].legend(fontsize=8)
    figure.suptitle(
        f"Published forecasts ({kind}, {shown['origins'].max()} origins): dash = promised; filled = difference more than chance"
    )
    return figure


def _measure(axis: Axes, rows: pd.DataFrame) -> None:
    for place, (target, colour) in enumerate(palette.TARGETS.items()):
        line = pick(rows, target=target)
        at = [REPORTED_HORIZONS.index(h) + 0.16 * (place - 1.5) for h in line["horizon"]]
        axis.scatter(at, line["promised"], marker="_", s=130, color=colour, alpha=0.6)
        sizes = [12 if pd.isna(p) else 40 for p in line["p"]]
        faces = [colour if p < SURE else "none" for p in line["p"]]
        axis.scatter(at, line["live"], s=sizes, edgecolor=colour, facecolor=faces, label=target)
