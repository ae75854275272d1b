"""Paired differences of scores between methods on the same rows, with bootstrap intervals.

Percentile intervals: Efron & Tibshirani 1986, doi:10.1214/ss/1177013815.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.panel.panel import Panel
from training.dataset.target import Outcomes
from training.evaluation.backtest import Backtest
from training.evaluation.bootstrap import BootstrapWeights, ClusterBootstrap
from training.evaluation.slices import Slice, slices
from training.models.registry import CLIMATOLOGY, REFERENCES

Floats = npt.NDArray[np.float64]
Pair = tuple[str, str]

DRAWS = 500
LEVEL = 0.95
COLUMNS = ["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"]


def against_references(models: Iterable[str], references: Iterable[str] = REFERENCES) -> list[Pair]:
    """Return the pairs of every model with every other reference.

    Args:
        models: Methods that were run.
        references: References; those that were not run are left out.

    Returns:
        (model, reference), by reference.
    """
    run = list(models)
    return [(m, r) for r in references if r in run for m in run if m != r]


def difference_table(
    panel: Panel, backtest: Backtest, outcomes: Mapping[str, dict[str, Outcomes]], pairs: Iterable[Pair]
) -> pd.DataFrame:
    """Return score(model) - score(reference) with its 95 % interval by cluster bootstrap (training/evaluation/bootstrap.py).

    Args:
        panel: Panel whose units are the backtest's.
        backtest: Hazards of every method of `pairs`.
        outcomes: Version of the catalogue -> target -> outcomes.
        pairs: (model, reference).

    Returns:
        Columns `COLUMNS`, one row per slice (training/evaluation/slices.py), pair and metric. Metrics: `log_score` (below
        0 is better), `average_precision`, `auroc` and, where climatology was run, `brier_skill_vs_climatology` (above 0
        is better). `low` and `high` are the percentiles 2.5 and 97.5 of `DRAWS` draws; `value`, `low` and `high` are NaN
        without an event.
    """
    listed = list(pairs)
    lines = []
    for _, parts in groupby(slices(panel, backtest, outcomes), key=lambda part: (part.target, part.episodes)):
        of_target = list(parts)
        weights = shared_weights(of_target, len(panel.iso3))
        for part in of_target:
            lines += [{**part.where, **line} for line in _differences(part, weights, listed)]
    return pd.DataFrame(lines, columns=COLUMNS)


def shared_weights(parts: Sequence[Slice], capitals: int) -> BootstrapWeights:
    """Draw the bootstrap weights that all slices of one target and catalogue share.

    Args:
        parts: Slices of one target and catalogue, whose onsets are numbered alike.
        capitals: Number of capitals.

    Returns:
        Weights of `DRAWS` draws.
    """
    return BootstrapWeights.draw(max(int(p.onset.max(initial=-1)) for p in parts) + 1, capitals, DRAWS)


def _differences(part: Slice, weights: BootstrapWeights, pairs: list[Pair]) -> Iterator[dict[str, object]]:
    bootstrap = ClusterBootstrap(weights, part.onset, part.capital)
    names = {name for pair in pairs for name in pair}
    by_method = {name: _scores(bootstrap, part, name) for name in sorted(names)}
    for model, reference in pairs:
        for metric, values in by_method[model].items():
            difference = values - by_method[reference][metric]
            low, high = interval(difference[1:]) if np.isfinite(difference[0]) else (np.nan, np.nan)
            yield {
                "model": model,
                "reference": reference,
                "metric": metric,
                "value": difference[0],
                "low": low,
                "high": high,
            }


def _scores(bootstrap: ClusterBootstrap, part: Slice, name: str) -> dict[str, Floats]:
    risk = part.risk[name]
    auroc, precision = bootstrap.ranking(risk)
    by_metric = {"log_score": bootstrap.log_score(risk), "auroc": auroc, "average_precision": precision}
    if CLIMATOLOGY in part.risk:
        with np.errstate(invalid="ignore", divide="ignore"):
            base = bootstrap.brier_score(part.risk[CLIMATOLOGY])
            by_metric["brier_skill_vs_climatology"] = 1 - bootstrap.brier_score(risk) / base
    return by_metric


def interval(draws: Floats, level: float = LEVEL) -> tuple[float, float]:
    """Return the central percentile interval of bootstrap draws.

    Args:
        draws: Draws, shape (draws,); NaN is left out.
        level: Nominal coverage.

    Returns:
        Lower and upper bound.
    """
    tail = (1 - level) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return float(low), float(high)
