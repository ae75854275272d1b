"""How much better one method's forecasts are than another's on the same rows, and how sure that is."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.panel.panel import Panel
from training.dataset.target import Outcomes
from training.evaluation.backtest import Backtest
from training.evaluation.bootstrap import BootstrapWeights, ClusterBootstrap
from training.evaluation.slices import Slice, slices

Floats = npt.NDArray[np.float64]
Pair = tuple[str, str]

DRAWS = 500
LEVEL = 0.95
REFERENCES = ("climatology", "own_history", "history_by_kind")
COLUMNS = ["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"]


def against_references(models: Iterable[str], references: Iterable[str] = REFERENCES) -> list[Pair]:
    """Pair every method with every reference that was run, but for itself."""
    run = list(models)
    return [(m, r) for r in references if r in run for m in run if m != r]


def difference_table(
    panel: Panel, backtest: Backtest, truths: Mapping[str, dict[str, Outcomes]], pairs: Iterable[Pair]
) -> pd.DataFrame:
    """Return score(model) - score(reference) and its 95 % bootstrap interval over episodes (training/evaluation/bootstrap.py).

    One row per catalogue version, pair, target, horizon, window and metric, on the rows of the skill table. Metrics:
    `log_score` (below 0 is better), `average_precision`, `auroc` and, where climatology was run,
    `brier_skill_vs_climatology` (above 0 is better). `low` and `high` are the percentiles 2.5 and 97.5 of 500 draws; all
    three are NaN where nothing happened.
    """
    wanted = list(pairs)
    lines = []
    for _, parts in groupby(slices(panel, backtest, truths), key=lambda part: (part.target, part.episodes)):
        for part, draws in _with_draws(list(parts), len(panel.iso3)):
            lines += [{**part.where, **line} for line in _differences(part, draws, wanted)]
    return pd.DataFrame(lines, columns=COLUMNS)


def _with_draws(parts: list[Slice], capitals: int) -> Iterator[tuple[Slice, BootstrapWeights]]:
    """Give the slices of one target and catalogue the same draws."""
    draws = BootstrapWeights.draw(max(int(p.onset.max(initial=-1)) for p in parts) + 1, capitals, DRAWS)
    for part in parts:
        yield part, draws


def _differences(part: Slice, draws: BootstrapWeights, pairs: list[Pair]) -> Iterator[dict[str, object]]:
    redrawn = ClusterBootstrap(draws, part.onset, part.capital)
    names = {name for pair in pairs for name in pair}
    made = {name: _scores(redrawn, part, name) for name in sorted(names)}
    for model, reference in pairs:
        for metric, values in made[model].items():
            difference = values - made[reference][metric]
            low, high = interval(difference[1:]) if np.isfinite(difference[0]) else (np.nan, np.nan)
            yield {
                "model": model,
                "reference": reference,
                "metric": metric,
                "value": difference[0],
                "low": low,
                "high": high,
            }


def _scores(redrawn: ClusterBootstrap, part: Slice, name: str) -> dict[str, Floats]:
    risk = part.risk[name]
    auroc, precision = redrawn.ranking(risk)
    made = {"log_score": redrawn.log_score(risk), "auroc": auroc, "average_precision": precision}
    if "climatology" in part.risk:
        with np.errstate(invalid="ignore", divide="ignore"):
            base = redrawn.brier_score(part.risk["climatology"])
            made["brier_skill_vs_climatology"] = 1 - redrawn.brier_score(risk) / base
    return made


def interval(draws: Floats, level: float = LEVEL) -> tuple[float, float]:
    """Return the percentile interval of the draws that have a value."""
    tail = (1 - level) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return float(low), float(high)
