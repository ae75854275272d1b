"""Facts from the catalogue: a capital's own episodes, those of others, and how many began in a region or the world."""

from features.base import Feature, Scope
from training.explanation.facts.episode import Episode, month, span
from training.explanation.facts.evidence import Evidence

Parts = tuple[tuple[str, float], ...]
"""Facts and the part of a feature that each makes up; the parts add up to 1."""
NAMED = 2
"""Episodes and other capitals that a fact names."""
USUAL_HALF_LIFE = 60
"""Age in months at which an episode weighs half for a feature that declares none."""
LONG_AGO = 60
"""Months after which a fact adds that nothing has followed."""


def by_kind(evidence: Evidence, feature: Feature, unit: int) -> Parts:
    """Return the capital's own episodes that a feature counts, one fact a kind, each episode weighted by its age.

    Returns:
        The kinds with the newest episode first; empty where the feature counts no episode of the capital's own.
    """
    if feature.scope not in (Scope.OWN, Scope.OWN_AND_REGION):
        return ()
    newest = evidence.known_month(feature, unit) or 0
    half_life = feature.half_life_months or USUAL_HALF_LIFE
    episodes: dict[str, list[Episode]] = {}
    for episode in evidence.episodes(unit, feature.kinds):
        episodes.setdefault(episode.kind, []).append(episode)
    weights = {
        kind: sum(2.0 ** (-max(newest - e.start, 0) / half_life) for e in of_kind) for kind, of_kind in episodes.items()
    }
    total = sum(weights.values())
    return tuple((_newest_and_earlier(of_kind), weights[kind] / total) for kind, of_kind in episodes.items())


def _newest_and_earlier(episodes: list[Episode]) -> str:
    """Return the newest of some episodes and how many came before: "coup in Bamako in May 2021, and 4 before since 1991"."""
    newest, *earlier = episodes
    before = f", and {len(earlier)} before since {month(earlier[-1].start)}" if earlier else ""
    return newest.phrase + before


def own_past(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the capital's newest episodes of a feature's kinds; of a rate without any, its region's."""
    episodes = evidence.episodes(unit, feature.kinds)
    if not episodes and feature.scope is Scope.OWN_AND_REGION:
        return begun(evidence, feature, unit)
    known = month(int(evidence.known_month(feature, unit) or 0))
    capital = evidence.places[unit]["capital"]
    if not episodes:
        return f"no episode of {_kinds(feature)} known in {capital}, list checked to {known}"
    named = " and ".join(episode.phrase for episode in episodes[:NAMED])
    more = len(episodes) - NAMED
    if more > 0:
        named += f", {more} more since {month(min(e.start for e in episodes))}"
    newest = episodes[0]
    calm = (evidence.known_month(feature, unit) or 0) - newest.end
    return named if newest.goes_on or calm < LONG_AGO else f"{named}, none since"


def _kinds(feature: Feature) -> str:
    """Return the kinds a feature counts, or "any kind" where they are many."""
    names = [kind.replace("_", " ") for kind in feature.kinds]
    return "any kind" if len(names) > 4 else " or ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def newest_elsewhere(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return the newest episode of a feature's kinds in another capital."""
    return evidence.episodes(unit, feature.kinds)[0].phrase


def begun(evidence: Evidence, feature: Feature, unit: int) -> str:
    """Return how many episodes began in the region or the world within a feature's half-life."""
    months = feature.half_life_months or 1
    until = f"in the {span(months)} to {month(int(evidence.known_month(feature, unit) or 0))}"
    starts = evidence.begun(feature.kinds, months)
    if feature.scope is Scope.WORLD:
        return f"{_episodes(int(starts.sum()))} began in the world {until}"
    region = evidence.places[unit]["region"]
    others = [i for i, place in enumerate(evidence.places) if place["region"] == region and i != unit]
    return f"{_episodes(int(starts[others].sum()))} began in the other capitals of {region} {until}"


def _episodes(count: int) -> str:
    return f"{count or 'no'} {'spell' if count == 1 else 'spells'} of disruption"
