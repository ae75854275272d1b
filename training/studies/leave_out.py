"""How much of the skill is remembering places: each capital forecast by fits that never saw its rows, or its region's."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from training.dataset.rows import LabelledRows
from training.evaluation.paired_differences import Pair
from training.studies.ablation import BASE_RATE
from training.studies.variants import Variant, whole

OWN_HISTORY = "own_history"
GROUPS = 12
"""Capitals are withheld a twelfth at a time: 197 refits a fold, one for each capital, would take a day."""
SEED = 20
Names = npt.NDArray[np.object_]


def without_capital(model: str) -> str:
    """Return what the method is called when a capital's own rows are withheld."""
    return f"{model}, capital withheld"


def without_region(model: str) -> str:
    """Return what the method is called when the rows of a capital's whole region are withheld."""
    return f"{model}, region withheld"


def capital_groups(iso3: Names) -> dict[str, int]:
    """Deal the capitals into `GROUPS` groups at random, the same every time for the same capitals."""
    codes = np.unique(iso3.astype(str))
    dealt = np.random.default_rng(SEED).permutation(len(codes)) % GROUPS
    return dict(zip(codes.tolist(), dealt.tolist(), strict=True))


def variants(rows: LabelledRows, model: str, region: Mapping[str, str]) -> list[Variant]:
    """Return the method as it is, with each region withheld in turn, and with each group of capitals.

    Withheld are rows of the fit. The capital's own past still reaches its forecast as features, and so do the pasts of
    its neighbours: what is lost is only what the method had learned by heart, and the experience of the withheld rows.
    """
    iso3 = rows.features["iso3"].to_numpy(object)
    regions = np.array([region[code] for code in iso3], object)
    dealt = capital_groups(iso3)
    groups = np.array([dealt[code] for code in iso3])
    return [
        *(whole(name, rows) for name in dict.fromkeys((BASE_RATE, OWN_HISTORY, model))),
        *(_blind(without_region(model), model, regions == name) for name in np.unique(regions)),
        *(_blind(without_capital(model), model, groups == number) for number in np.unique(groups)),
    ]


def _blind(called: str, model: str, own: npt.NDArray[np.bool_]) -> Variant:
    return Variant(called, model, forecasts=own, withheld=own)


def pairs(model: str) -> list[Pair]:
    """Return the comparisons: what was memorised, and whether a capital never seen is still forecast better than by its history."""
    blind = [without_capital(model), without_region(model)]
    return [(model, name) for name in blind] + [(name, OWN_HISTORY) for name in (model, *blind) if name != OWN_HISTORY]
