"""The cost of publication lag: the backtest with conflict and coup feeds known at once, into benchmarks/BENCHMARKS.md.

The default holds each row back until its publisher brings it out, so a forecast made right after an origin month does
not know that month's deaths. Run: `.venv/bin/python benchmarks/publication_lag.py` after `make forecast`.
"""

import json

import pandas as pd

from benchmarks.markdown import fill_section
from data.panel import panel as panels
from data.panel.folder import panel_folder
from data.reference_tables import EPISODES_V1, read_episodes
from data.settings import REPOSITORY, settings
from data.tables.registry import panel_tables
from training.dataset import training_set
from training.dataset.folds import SCORED_TO
from training.dataset.target import outcomes
from training.evaluation import judge
from training.evaluation.score_table import pick, skill_table
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, CLIMATOLOGY
from training.publication.publication import read_publication
from training.tracking.code_version import commit

DELAYED = {"events", "districts", "countries", "coups"}
"""Publishers' rows whose publication lag is removed."""


def prompt_panel() -> panels.Panel:
    """Load the panel in use as if events and coups were published at the end of their month."""
    folder = panel_folder()
    tables = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    tables.pop("country_vintages", None)  # numbers as reported at the time, which are late by nature
    for name in (table.name for table in panel_tables().values() if DELAYED & table.reductions.keys()):
        tables[name]["available_at"] = (tables[name]["month"] + pd.offsets.MonthBegin(1)).astype("datetime64[us]")
    manifest = json.loads((folder / "manifest.json").read_text())
    return panels.assemble(tables, read_episodes(), manifest)


def main() -> None:
    """Run the backtest on the prompt panel and put its scores beside the published ones."""
    panel = prompt_panel()
    tested = judge.backtest_methods(training_set.labelled_rows(panel), SCORED_TO, names=(CLIMATOLOGY, CHAMPION))
    truth = {"version_1": outcomes(panel.with_episodes(read_episodes(EPISODES_V1)))}
    prompt = skill_table(panel, tested, truth)
    published = read_publication(settings().published)
    lines = [
        f"Champion, target `disruption`, calm rows, all scored origins, catalogue version 1; commit `{commit()}`, data `{panel.vintage}`: `.venv/bin/python benchmarks/publication_lag.py`.",
        "",
        "| h | as published (default): AUROC / AP / Brier skill | no lag of events and coups |",
        "|---|---|---|",
    ]
    for horizon in REPORTED_HORIZONS:
        cells = [_cell(table, horizon) for table in (published.skill, prompt)]
        lines.append(f"| {horizon} | {cells[0]} | {cells[1]} |")
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "lag", "\n".join(lines))


def _cell(skill: pd.DataFrame, horizon: int) -> str:
    at = pick(skill, model=CHAMPION, target="disruption", horizon=horizon, window="all", episodes="version_1")
    value = at.set_index("metric")["value"]
    return f"{value['auroc']:.3f} / {value['average_precision']:.3f} / {value['brier_skill_vs_climatology']:.4f}"


if __name__ == "__main__":
    main()
