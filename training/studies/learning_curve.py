"""Learning curve: the method fitted on a shorter past, or on fewer capitals, and scored on the same origins."""

from dataclasses import replace

import numpy as np

from training.dataset.rows import LabelledRows
from training.evaluation.paired_differences import Pair
from training.models.registry import CLIMATOLOGY
from training.studies.variants import Variant, unrestricted

YEARS = (5, 10, 15, 20)
SHARES = (4, 2)
"""Denominators: a quarter and a half of the capitals."""
SEED = 30


def last_years(model: str, years: int) -> str:
    """Return the name of the method fitted on the last years only."""
    return f"{model}, last {years} years"


def share_of_capitals(model: str, parts: int) -> str:
    """Return the name of the method fitted on one of several parts of the capitals."""
    return f"{model}, 1/{parts} of the capitals"


def variants(rows: LabelledRows, model: str) -> list[Variant]:
    """Return the unrestricted method, variants fitted on the last years before each fit, and on a share of the capitals.

    For a share of 1/n the capitals are partitioned into n groups twice, independently: each of n fits uses one group of
    the first partition and forecasts one of the second. So every row is forecast once, by a fit that saw its capital with
    probability 1/n, and every capital's episodes are used in some fit.
    """
    ordinary = unrestricted(model, rows)
    shorter = [replace(ordinary, name=last_years(model, years), years=years) for years in YEARS]
    iso3 = rows.features["iso3"].to_numpy(object)
    fewer = []
    for parts in SHARES:
        fitted, forecast = _partition(iso3, parts, 0), _partition(iso3, parts, 1)
        name = share_of_capitals(model, parts)
        fewer += [Variant(name, model, forecast == part, fitted != part) for part in range(parts)]
    return [*([unrestricted(CLIMATOLOGY, rows)] if model != CLIMATOLOGY else []), ordinary, *shorter, *fewer]


def _partition(
    iso3: np.ndarray[tuple[int, ...], np.dtype[np.object_]], parts: int, number: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return each row's group in a seeded random partition of the capitals."""
    codes, place = np.unique(iso3.astype(str), return_inverse=True)
    return (np.random.default_rng([SEED, parts, number]).permutation(len(codes)) % parts)[place]


def pairs(model: str) -> list[Pair]:
    """Return the comparisons: the skill lost with less data."""
    return [(name, model) for name in curve_names(model)[:-1]]


def curve_names(model: str) -> list[str]:
    """Return the names in order of the amount of data: years, then shares, then everything."""
    return [*(last_years(model, y) for y in YEARS), *(share_of_capitals(model, n) for n in SHARES), model]
