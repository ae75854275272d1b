"""Leave-out: each capital forecast by fits without its rows, or its region's, which measures the memorised share of the skill."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from training.dataset.rows import LabelledRows
from training.evaluation.paired_differences import Pair
from training.models.registry import CLIMATOLOGY, OWN_HISTORY
from training.studies.variants import Variant, unrestricted

GROUPS = 12
"""Groups of capitals, each withheld in turn: 197 refits a fold, one for each capital, would take a day."""
SEED = 20
Names = npt.NDArray[np.object_]


def without_capital(model: str) -> str:
    """Return the name of the method fitted without the capital's own rows."""
    return f"{model}, capital withheld"


def without_region(model: str) -> str:
    """Return the name of the method fitted without the rows of the capital's region."""
    return f"{model}, region withheld"


def capital_groups(iso3: Names) -> dict[str, int]:
    """Return each capital's group in a seeded random partition into `GROUPS` groups."""
    codes = np.unique(iso3.astype(str))
    drawn = np.random.default_rng(SEED).permutation(len(codes)) % GROUPS
    return dict(zip(codes.tolist(), drawn.tolist(), strict=True))


def variants(rows: LabelledRows, model: str, region: Mapping[str, str]) -> list[Variant]:
    """Return the unrestricted method, and variants with each region and each group of capitals withheld in turn.

    Rows are withheld from the fit alone: the capital's past, and its neighbours', still reach the forecast as features.
    The loss is that of the memorised rows and of the experience in them.
    """
    iso3 = rows.features["iso3"].to_numpy(object)
    regions = np.array([region[code] for code in iso3], object)
    group = capital_groups(iso3)
    groups = np.array([group[code] for code in iso3])
    return [
        *(unrestricted(name, rows) for name in dict.fromkeys((CLIMATOLOGY, OWN_HISTORY, model))),
        *(_withheld(without_region(model), model, regions == name) for name in np.unique(regions)),
        *(_withheld(without_capital(model), model, groups == number) for number in np.unique(groups)),
    ]


def _withheld(name: str, model: str, rows: npt.NDArray[np.bool_]) -> Variant:
    return Variant(name, model, forecasts=rows, withheld=rows)


def pairs(model: str) -> list[Pair]:
    """Return the comparisons: the memorised skill, and an unseen capital's skill against its own history."""
    withheld = [without_capital(model), without_region(model)]
    return [(model, name) for name in withheld] + [
        (name, OWN_HISTORY) for name in (model, *withheld) if name != OWN_HISTORY
    ]
