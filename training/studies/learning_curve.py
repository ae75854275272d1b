"""What more data would bring: the method learned from a shorter past, or from fewer capitals, on the same origins."""

from dataclasses import replace

import numpy as np

from training.dataset.rows import LabelledRows
from training.evaluation.paired_differences import Pair
from training.studies.ablation import BASE_RATE
from training.studies.variants import Variant, whole

YEARS = (5, 10, 15, 20)
SHARES = (4, 2)
"""A quarter and a half of the capitals."""
SEED = 30


def last_years(model: str, years: int) -> str:
    """Return what the method is called when it learns from so many years."""
    return f"{model}, last {years} years"


def share_of_capitals(model: str, parts: int) -> str:
    """Return what the method is called when it learns from one part of the capitals out of so many."""
    return f"{model}, 1/{parts} of the capitals"


def variants(rows: LabelledRows, model: str) -> list[Variant]:
    """Return the method with all it can learn from, with the years before each fit, and with a share of the capitals.

    For a share of 1/n the capitals are dealt into n groups twice, independently: each of n fits learns from one group of the
    first deal and forecasts one of the second. So every row is forecast once, by a fit that knew its capital with chance
    1/n, and all capitals' episodes serve somewhere.
    """
    ordinary = whole(model, rows)
    shorter = [replace(ordinary, name=last_years(model, years), years=years) for years in YEARS]
    iso3 = rows.features["iso3"].to_numpy(object)
    fewer = []
    for parts in SHARES:
        learned, asked = _dealt(iso3, parts, 0), _dealt(iso3, parts, 1)
        name = share_of_capitals(model, parts)
        fewer += [Variant(name, model, asked == part, learned != part) for part in range(parts)]
    return [*([whole(BASE_RATE, rows)] if model != BASE_RATE else []), ordinary, *shorter, *fewer]


def _dealt(
    iso3: np.ndarray[tuple[int, ...], np.dtype[np.object_]], parts: int, deal: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Deal the capitals into groups, the same every time for the same capitals; return each row's group."""
    codes, place = np.unique(iso3.astype(str), return_inverse=True)
    return (np.random.default_rng([SEED, parts, deal]).permutation(len(codes)) % parts)[place]


def pairs(model: str) -> list[Pair]:
    """Return the comparisons: what the method loses with less to learn from."""
    return [(name, model) for name in curve(model)[:-1]]


def curve(model: str) -> list[str]:
    """Return the names in growing order of what is learned from: years, then shares, then everything."""
    return [*(last_years(model, y) for y in YEARS), *(share_of_capitals(model, n) for n in SHARES), model]
