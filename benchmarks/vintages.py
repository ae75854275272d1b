"""Differences between forecasts from deaths as reported and from deaths as known today.

The published champion forecasts every origin from 2024-01 to 2026-06 twice, from the panel in use with its dated versions
and from the same panel without them; everything else is equal. Writes benchmarks/BENCHMARKS.md and docs/vintages.png.
Run: `.venv/bin/python benchmarks/vintages.py` after `make forecast`.
"""

import json

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.markdown import fill_section
from data import calendar
from data.calendar import now
from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.panel.folder import panel_folder
from data.reference_tables import read_episodes, states
from data.settings import REPOSITORY, settings
from features.build import build
from training.dataset.target import outcomes
from training.forecasting.forecast import Provenance, forecast
from training.models.base import HazardModel
from training.models.registry import load_model
from training.publication.publication import current_folder
from training.tracking.code_version import commit

DATED = "country_vintages"
FIRST, LAST = pd.Timestamp("2024-01-01"), pd.Timestamp("2026-06-01")
HORIZON = 3
TOP = 20


def panel_pair() -> tuple[panels.Panel, panels.Panel]:
    """Return the panel as reported and as known today; raise FileNotFoundError where it has no versions."""
    folder = panel_folder()
    tables = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    if DATED not in tables:
        raise FileNotFoundError(f"{folder} has no {DATED}: ingest the dated versions or restore data/starter")
    manifest = json.loads((folder / "manifest.json").read_text())
    today = {name: table for name, table in tables.items() if name != DATED}
    return panels.assemble(tables, read_episodes(), manifest), panels.assemble(today, read_episodes(), manifest)


def risks(panel: panels.Panel, model: HazardModel) -> pd.DataFrame:
    """Return the risks at the horizon by origin and capital, a column for each target."""
    features = build(panel, calendar.month_range(FIRST, LAST))
    features = features[features["iso3"].isin(states()["iso3"])].reset_index(drop=True)
    rows = forecast(model, features, Provenance("vintages", pd.Timestamp(now()).tz_localize(None), panel.vintage))
    return rows[rows["horizon"] == HORIZON].pivot(index=["origin", "iso3"], columns="target", values="risk")


def onsets(panel: panels.Panel, index: pd.MultiIndex) -> pd.Series:
    """Return whether a disruption began within the horizon; NaN where it was going on or the window is open."""
    truth = outcomes(panel)["disruption"]
    origins = np.array([calendar.month_index(o) for o in index.get_level_values("origin")])
    unit = np.array([panel.iso3.index(code) for code in index.get_level_values("iso3")])
    every = np.unique(origins)
    place = np.searchsorted(every, origins)
    happened = (truth.first_onset(every)[unit, place] <= HORIZON).astype(float)
    known = truth.calm(every)[unit, place] & (origins + HORIZON <= panel.known_to)
    return pd.Series(np.where(known, happened, np.nan), index)


def by_origin(then: pd.DataFrame, now_known: pd.DataFrame, happened: pd.Series) -> pd.DataFrame:
    """Compare the two for each origin: differences of risk, capitals that change in the top, scores."""
    gap = (then - now_known).abs()
    table = pd.DataFrame(
        {
            f"{target} {name}": getattr(gap[target].groupby(level="origin"), name)()
            for target in TARGETS
            for name in ("mean", "max")
        }
    )
    ranks = [frame["disruption"].groupby(level="origin").rank(ascending=False) for frame in (then, now_known)]
    top = (ranks[0] <= TOP) | (ranks[1] <= TOP)
    moved = (ranks[0] - ranks[1]).abs()[top].groupby(level="origin")
    table["ranks moved mean"], table["ranks moved max"] = moved.mean(), moved.max()
    table["left the top"] = ((ranks[0] <= TOP) & (ranks[1] > TOP)).groupby(level="origin").sum()
    for name, frame in (("then", then), ("today", now_known)):
        table[f"brier {name}"] = ((frame["disruption"] - happened) ** 2).groupby(level="origin").mean()
    return table


def figure(table: pd.DataFrame) -> Figure:
    """Draw mean and largest differences by origin."""
    drawn = Figure(figsize=(9, 5.5), layout="constrained")
    for axes, name in zip(drawn.subplots(2, 1, sharex=True), ("mean", "max"), strict=True):
        for target in TARGETS:
            axes.plot(table.index, 100 * table[f"{target} {name}"], label=target, marker="o", markersize=3)
        axes.set_ylabel(f"{'mean' if name == 'mean' else 'largest'} difference, points")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    drawn.axes[0].set_title(f"Risk within {HORIZON} months: deaths as said at the time against as known today")
    drawn.axes[0].legend(ncols=4, fontsize=8, frameon=False)
    return drawn


def main() -> None:
    """Forecast twice, compare, write."""
    published = current_folder(settings().published)
    info = json.loads((published / "publication.json").read_text())
    model = load_model(published / "model")
    then_panel, today_panel = panel_pair()
    then, today = risks(then_panel, model), risks(today_panel, model)
    happened = onsets(today_panel, then.index)
    table = by_origin(then, today, happened)
    figure(table).savefig(REPOSITORY / "docs" / "vintages.png", dpi=100)
    scored = happened.notna()
    brier = [float(((f["disruption"] - happened)[scored] ** 2).mean()) for f in (then, today)]
    gap = (then - today).abs()
    summary = "; ".join(f"{t} {100 * gap[t].mean():.3f} (largest {100 * gap[t].max():.2f})" for t in TARGETS)
    header = [
        "origin",
        *(f"{t}, mean / max" for t in TARGETS),
        "ranks moved, mean / max",
        f"left the top {TOP}",
        "Brier then / today",
    ]
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, data `{then_panel.vintage}`, model version {info['model_version']} of data `{info['data_vintage']}`: "
        "`.venv/bin/python benchmarks/vintages.py`. Differences of the risk within "
        f"{HORIZON} months in percentage points; ranks by disruption among capitals that are in either top {TOP}.",
        "",
        f"All {len(table)} origins, mean absolute difference in points: {summary}. Brier score of disruption on {int(scored.sum()):,} calm rows with known outcome "
        f"({int(happened.sum())} onsets): {brier[0]:.5f} as said at the time, {brier[1]:.5f} as known today. Figure: `docs/vintages.png`.",
        "",
        f"| {' | '.join(header)} |",
        "|" + "---|" * len(header),
    ]
    for origin, row in table.iterrows():
        cells = [f"{100 * row[f'{t} mean']:.3f} / {100 * row[f'{t} max']:.2f}" for t in TARGETS]
        cells += [f"{row['ranks moved mean']:.2f} / {row['ranks moved max']:.0f}", f"{row['left the top']:.0f}"]
        scores = "open" if np.isnan(row["brier then"]) else f"{row['brier then']:.5f} / {row['brier today']:.5f}"
        lines.append(f"| {origin:%Y-%m} | {' | '.join(cells)} | {scores} |")
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "vintages", "\n".join(lines))


if __name__ == "__main__":
    main()
