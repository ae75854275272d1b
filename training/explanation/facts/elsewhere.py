"""Facts about others: the neighbours or transit countries that add most to a feature, with their distance or corridor."""

from functools import cache

from data.reference_tables import read_corridor_countries, read_corridors
from features.base import Feature, Scope
from training.explanation.facts.counts import counts_elsewhere, coups_elsewhere
from training.explanation.facts.evidence import Evidence
from training.explanation.facts.past import newest_elsewhere

NAMED = 2
"""Countries that a fact names."""
NOBODY = {
    Scope.NEIGHBOURS: "in capitals within 1,500 km",
    Scope.TRANSIT: "in the countries its corridors cross",
}


def strongest_elsewhere(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the facts of the countries that weigh most: "fighting in Khartoum since April 2023, 900 km away"."""
    places = evidence.strongest_places(feature, unit, NAMED)
    if not places:
        missing = "no " + (feature.counted or "disruption")
        return f"{missing} {NOBODY[feature.scope]}"
    return "; ".join(
        f"{_fact(evidence, feature, place)}, {_relation(evidence, feature, unit, place)}" for place in places
    )


def _fact(evidence: Evidence, feature: Feature, place: int) -> str:
    if feature.kinds:
        return newest_elsewhere(evidence, feature, place)
    return (coups_elsewhere if feature.tables[0] == "coups" else counts_elsewhere)(evidence, feature, place)


def _relation(evidence: Evidence, feature: Feature, unit: int, place: int) -> str:
    if feature.scope is Scope.NEIGHBOURS:
        return f"{round(evidence.km(unit, place), -1):,.0f} km away"
    crossing = _crossings()[evidence.places[unit]["iso3"], evidence.places[place]["iso3"]]
    more = f" and {len(crossing) - 1} more" if len(crossing) > 1 else ""
    return f"in {evidence.places[place]['country']}, on the corridor {crossing[0]}{more}"


@cache
def _crossings() -> dict[tuple[str, str], list[str]]:
    """Return the names of a capital's corridors that cross a country, by the codes of both."""
    names = read_corridors().set_index("corridor")["name"]
    lines = read_corridor_countries().sort_values("corridor")
    lines = lines.assign(name=lines["corridor"].map(names).astype(str))
    return {
        (str(iso3), str(crosses)): list(group["name"]) for (iso3, crosses), group in lines.groupby(["iso3", "crosses"])
    }
