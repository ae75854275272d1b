"""The backtest as a command: chosen origins, methods and targets, written as tables."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.settings import settings
from training.dataset import training_set
from training.dataset.folds import require_scored_origin
from training.evaluation import judge
from training.evaluation.backtest_table import forecast_rows, write_forecast_rows
from training.forecasting.forecast import Provenance
from training.models.registry import backtested_methods, method


@dataclass(frozen=True)
class BacktestResult:
    """A backtest's scores, and its file of forecast rows."""

    forecasts: Path
    rows: int
    skill: pd.DataFrame
    differences: pd.DataFrame

    @property
    def folder(self) -> Path:
        """The folder of its tables."""
        return self.forecasts.parent


def run(
    first: str,
    last: str,
    models: list[str],
    targets: list[str],
    out: Path | None,
    progress: Callable[[str, int, int], None],
) -> BacktestResult:
    """Backtest methods and write `forecasts.parquet`, `skill.parquet` and `differences.parquet`.

    Args:
        first: first origin as YYYY-MM.
        last: last origin; the newest where empty.
        models: names of methods; the champion and the baselines where none is given.
        targets: targets to write; all where none is given.
        out: folder of the tables; <home>/backtest by default.
        progress: called with stage, steps done and steps in all.

    Raises:
        ValueError: a target, method or month is unknown, or no origin of the span is scored.
    """
    for target in targets:
        if target not in TARGETS:
            raise ValueError(f"unknown target {target!r}: choose from {', '.join(TARGETS)}")
    names = [method(name).name for name in models] or [*backtested_methods()]
    panel = panels.load()
    newest = calendar.month_at(panel.last)
    until = calendar.parse_month(last) if last else newest
    if until > newest:
        raise ValueError(
            f"--to {last} lies after the panel's newest month {newest:%Y-%m}; ingest newer data or choose an earlier origin"
        )
    require_scored_origin(calendar.parse_month(first), until)
    rows = training_set.labelled_rows(panel, progress=progress, last=until)
    tested = judge.backtest_methods(rows, until, calendar.parse_month(first), names, progress)
    folder = out or settings().home / "backtest"
    folder.mkdir(parents=True, exist_ok=True)
    progress("writing", 0, 2)
    provenance = Provenance("backtest", calendar.timestamp_now(), panel.vintage)
    chosen = set(targets or TARGETS)

    def chosen_rows() -> Iterator[pd.DataFrame]:
        for table in forecast_rows(tested, provenance, panel.known_to):
            yield table[table["target"].isin(chosen)]

    count = write_forecast_rows(chosen_rows(), folder / "forecasts.parquet")
    progress("writing", 1, 2)
    scored = judge.score_backtest(panel, tested)
    skill, differences = (table[table["target"].isin(chosen)] for table in (scored.skill, scored.differences))
    skill.to_parquet(folder / "skill.parquet", index=False)
    differences.to_parquet(folder / "differences.parquet", index=False)
    progress("writing", 2, 2)
    return BacktestResult(folder / "forecasts.parquet", count, skill, differences)
