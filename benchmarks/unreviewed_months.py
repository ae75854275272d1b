"""How many risks fall in months of which nothing is known: the catalogue as a feed against the catalogue taken as complete.

The published champion forecasts every origin from the last reviewed month of the catalogue to the newest one twice: from the
panel in use, whose catalogue ends where it has been reviewed, and from the same panel with every later month taken as
calm. Writes benchmarks/BENCHMARKS.md and docs/unreviewed-months.png.
Run: `.venv/bin/python -m benchmarks.unreviewed_months` after `make forecast`.
"""

import pandas as pd
from matplotlib.figure import Figure

from benchmarks.markdown import fill_section, table
from data import calendar
from data.calendar import now
from data.panel.panel import Panel, load
from data.reference_tables import states
from data.settings import REPOSITORY, settings
from features.build import build
from training.forecasting.forecast import Provenance, forecast
from training.models.base import HazardModel
from training.models.registry import load_model
from training.publication.publication import current_folder
from training.tracking.code_version import commit

HORIZON = 6
MOVED = 1e-9
"""A risk that changes by no more has not moved."""


def risks(panel: Panel, model: HazardModel, first: int) -> pd.DataFrame:
    """Return the six-month risk of disruption, origin x ISO3, NaN while an episode is going on."""
    features = build(panel, calendar.month_range(calendar.month_at(first), calendar.month_at(panel.last)))
    features = features[features["iso3"].isin(states()["iso3"])].reset_index(drop=True)
    rows = forecast(model, features, Provenance("unreviewed", pd.Timestamp(now()).tz_localize(None), panel.vintage))
    rows = rows[(rows["target"] == "disruption") & (rows["horizon"] == HORIZON)]
    return rows.pivot(index="origin", columns="iso3", values="risk")


def main() -> None:
    """Forecast both ways, count, draw, write."""
    panel = load()
    published = current_folder(settings().published)
    model = load_model(published / "model")
    complete = panel.extended(panel.episodes, calendar.month_at(panel.last))
    both = {
        "later months taken as calm": risks(complete, model, panel.known_to),
        "catalogue ends where it was reviewed": risks(panel, model, panel.known_to),
    }
    lines = [["origin", *(f"{name}: falls / rises" for name in both)]]
    steps = {name: risk.diff().iloc[1:] for name, risk in both.items()}
    for origin in next(iter(steps.values())).index:
        cells = [f"{(s.loc[origin] < -MOVED).sum()} / {(s.loc[origin] > MOVED).sum()}" for s in steps.values()]
        lines.append([f"{origin:%Y-%m}", *cells])
    draw(both, steps, calendar.month_at(panel.known_to)).savefig(REPOSITORY / "docs" / "unreviewed-months.png", dpi=110)
    stamp = f"{now():%Y-%m-%d}, commit `{commit()}`, data `{panel.vintage}`: `.venv/bin/python -m benchmarks.unreviewed_months`."
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "unreviewed", f"{stamp}\n\n{table(lines)}")


def draw(both: dict[str, pd.DataFrame], steps: dict[str, pd.DataFrame], reviewed: pd.Timestamp) -> Figure:
    """Draw the falls of each origin, and the mean risk of the capitals that are calm at all of them."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    falls, level = figure.subplots(2, 1, sharex=True)
    for place, (name, risk) in enumerate(both.items()):
        step = steps[name]
        months = pd.Series(range(len(risk)), index=risk.index)
        falls.bar(months[step.index] + 0.2 * (2 * place - 1), (step < -MOVED).sum(axis=1), width=0.35, label=name)
        calm = risk.dropna(axis=1)
        level.plot(months, 100 * calm.mean(axis=1), marker="o", label=name)
    falls.set_ylabel(f"capitals whose {HORIZON}-month\nrisk falls")
    falls.set_ylim(0, 260)  # room for the legend above the bars
    falls.legend(loc="upper left", frameon=False)
    level.set_ylabel("mean risk, %")
    level.set_xticks(range(len(risk)), [f"{origin:%Y-%m}" for origin in risk.index])
    level.set_xlabel(f"origin; the catalogue was reviewed to {reviewed:%Y-%m}")
    figure.suptitle("Months of which nothing is known")
    return figure


if __name__ == "__main__":
    main()
