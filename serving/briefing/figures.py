"""Charts of a briefing: risk curves, past forecasts, attacks and deaths, and reliability."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from data import calendar
from data.contracts.forecasts import TARGETS
from data.geometry import COMPASS, SECTORS
from data.panel.view import as_of
from serving.briefing.facts import JUDGED_HORIZON, Facts
from serving.queries import wording
from training.evaluation.scores import reliability_curve
from training.figures import palette

Floats = npt.NDArray[np.float64]
WIDTH_INCHES = 7.0


def new_figure(height: float) -> Figure:
    """Return an empty figure as wide as the page; height in inches."""
    return Figure(figsize=(WIDTH_INCHES, height), layout="constrained")


def curves(risks: Mapping[str, pd.DataFrame], typical: Sequence[float]) -> Figure:
    """Draw the risk of each target by months ahead, with its interval where there is one, and the median capital."""
    figure = new_figure(1.75)
    axes = figure.subplots(1, len(TARGETS), sharey=True)
    for axis, (target, rows) in zip(axes, risks.items(), strict=True):
        axis.set_title(wording.TARGETS[target], fontsize=8, color=palette.TARGETS[target], loc="left")
        if rows["risk"].notna().any():
            axis.plot(
                rows["horizon"],
                100 * rows["risk"],
                color=palette.TARGETS[target],
                linewidth=1.8,
                marker="o",
                markersize=2.5,
            )
            if rows["risk_low"].notna().any():
                low, high = 100 * rows["risk_low"], 100 * rows["risk_high"]
                axis.fill_between(rows["horizon"], low, high, color=palette.TARGETS[target], alpha=0.15, linewidth=0)
        else:
            axis.text(0.5, 0.5, "going on\nor no data", ha="center", va="center", transform=axis.transAxes, fontsize=8)
        if target == "disruption":
            axis.plot(
                range(1, len(typical) + 1), [100 * u for u in typical], color=palette.QUIET, linewidth=1, linestyle="--"
            )
            axis.annotate(
                "typical capital",
                (len(typical), 100 * typical[-1]),
                fontsize=6.5,
                color=palette.QUIET,
                ha="right",
                va="bottom",
            )
        axis.set(xticks=[1, 3, 6, 12], xlabel="months ahead")
        _plain(axis)
    highest = [float(rows[["risk", "risk_high"]].max(axis=None, skipna=True)) for rows in risks.values()]
    axes[0].set_ylim(0, 108 * np.nanmax([*highest, *typical]))
    axes[0].set_ylabel("risk, %", fontsize=7.5)
    return figure


def history(past: pd.DataFrame, spans: Sequence[tuple[int, int]], first: pd.Timestamp, last: pd.Timestamp) -> Figure:
    """Draw past forecasts of one capital, its disrupted months shaded."""
    figure = new_figure(1.7)
    axis = figure.subplots()
    for start, end in spans:
        begun = max(calendar.month_at(start), first)
        axis.axvspan(begun, calendar.as_of(calendar.month_at(end)), color=palette.RULE, linewidth=0)
    line = past.set_index("origin")["risk"].reindex(calendar.month_range(first, last))
    axis.plot(line.index, 100 * line, color=palette.ACCENT, linewidth=1.6)
    axis.set(xlim=(first, calendar.as_of(last)), ylabel=f"risk within\n{JUDGED_HORIZON} months, %")
    axis.set_ylim(bottom=0)
    _plain(axis)
    return figure


def attacks_and_deaths(facts: Facts, row: int) -> tuple[Figure, str, str]:
    """Draw the country's deaths by month, and the attacks around the capital by direction where their locations are known.

    Args:
        facts: Facts of the origin.
        row: Row of the capital in the panel.

    Returns:
        The figure, its text alternative, and a sentence on the attacks.
    """
    view = as_of(facts.panel, facts.origin)
    events = np.array([view.recent("rings", f"events_s{s}", 12)[row].sum() for s in range(SECTORS)])
    deaths = view.recent("countries", "deaths", 60)[row]
    age, old = view.age("rings")[row], view.age("countries")[row]
    known = bool(np.isfinite(events).all())
    figure = new_figure(1.9 if known else 1.5)
    right = figure.add_subplot(1, 3, (2, 3) if known else (1, 3))
    if known:
        _directions(figure.add_subplot(1, 3, 1, projection="polar"), events)
    if np.isfinite(deaths).any():
        end = calendar.month_index(facts.origin) - int(old)
        months = [calendar.month_at(end - back) for back in range(len(deaths) - 1, -1, -1)]
        right.bar(months, deaths, width=25, color=palette.INK)
        right.axvline(calendar.as_of(facts.origin), color=palette.QUIET, linewidth=0.8, linestyle=":")
    else:
        right.text(
            0.5, 0.5, "not known", ha="center", va="center", transform=right.transAxes, fontsize=8, color=palette.QUIET
        )
    right.set_title("Deaths in organized violence in the whole country, by month", fontsize=7.5, loc="left")
    _plain(right)
    shown = "Deaths in the country by month"
    if known:
        newest = wording.month(calendar.month_at(calendar.month_index(facts.origin) - int(age)))
        sentence = f"{events.sum():.0f} attacks 10 to 200 km from the seat in the twelve months to {newest}."
        return figure, f"Attacks around the seat by direction. {shown}.", sentence
    if np.isfinite(age):
        newest = wording.month(calendar.month_at(calendar.month_index(facts.origin) - int(age)))
        sentence = f"Locations of attacks around the city are known up to {newest} only: too old to be shown."
    else:
        sentence = "Locations of attacks around the city were not known at this origin."
    return figure, f"{shown}.", sentence


def _directions(axis: Any, events: Floats) -> None:
    places = np.arange(SECTORS) * 2 * np.pi / SECTORS
    axis.set_theta_zero_location("N")
    axis.set_theta_direction(-1)
    axis.set_xticks(places, COMPASS, fontsize=7)
    axis.set_yticks([])
    axis.bar(places, events, width=2 * np.pi / SECTORS * 0.9, color=palette.TARGETS["fighting"], alpha=0.75)
    axis.set_title("Attacks 10-200 km out,\nby direction, 12 months", fontsize=7.5)


def calibration(facts: Facts) -> Figure:
    """Draw observed frequency against forecast risk, in twenty groups of past forecasts."""
    figure = new_figure(2.3)
    axis = figure.subplots()
    rows = facts.closed_forecasts()
    if len(rows):
        forecast, observed, _ = reliability_curve(rows["risk"].to_numpy(), rows["observed"].to_numpy(), 20)
        top = 100 * max(forecast.max(), observed.max()) * 1.1
        axis.plot([0, top], [0, top], color=palette.QUIET, linewidth=0.9, linestyle="--", label="as often as forecast")
        axis.plot(
            100 * forecast,
            100 * observed,
            "o",
            color=palette.ACCENT,
            markersize=4,
            label="a twentieth of the forecasts",
        )
        axis.legend(fontsize=7, frameon=False, loc="upper left")
    axis.set(xlabel=f"forecast risk of disruption within {JUDGED_HORIZON} months, %", ylabel="observed, %")
    _plain(axis)
    return figure


def _plain(axis: object) -> None:
    axis.spines[["top", "right"]].set_visible(False)  # type: ignore[attr-defined]
    axis.tick_params(labelsize=7, color=palette.QUIET)  # type: ignore[attr-defined]
    axis.xaxis.label.set_size(7.5)  # type: ignore[attr-defined]
    axis.yaxis.label.set_size(7.5)  # type: ignore[attr-defined]
