"""Changes of a scenario as edits of the panel's tables."""

from collections.abc import Callable

import numpy as np

from data import geometry
from data.panel.counterfactual import Edit, EpisodeMonth, Floats
from data.reference_tables import read_corridors
from data.tables.corridors import MAX_CORRIDORS
from serving.queries.errors import InvalidRequestError, UnknownCorridorError
from serving.schemas.scenario_changes import AnyChange, CorridorAttacks, Fighting, Price

RECENT_MONTHS = 3
"""Changes of attacks fall on the newest three known months."""
RING = {"capital": 0, "airport": 1, "surroundings": 2} | {
    f"{a}-{b}": i for i, (a, b) in enumerate(zip(geometry.RING_EDGES_KM, geometry.RING_EDGES_KM[1:], strict=False))
}
"""Airports lie 10 to 25 km out as a rule."""


def panel_edits(change: AnyChange, iso3: str, field: str) -> tuple[list[Edit], list[EpisodeMonth]]:
    """Return the edits of table columns, and the months of new episodes, that a change amounts to.

    Args:
        change: The change.
        iso3: Code of the state.
        field: Field of the request that errors name.

    Raises:
        UnknownCorridorError: The capital has no such corridor; the message lists those it has.
        InvalidRequestError: Neither or both of `factor` and `events` are set.
    """
    if isinstance(change, CorridorAttacks):
        return _attacks(change, iso3, field), []
    if isinstance(change, Fighting):
        return _fighting(change), []
    if isinstance(change, Price):
        return _price(change), []
    outcome = "successful" if change.successful else "failed"
    return [_add("coups", outcome, 1)], [EpisodeMonth("coup" if change.successful else "coup_attempt", 1)]


def _attacks(change: CorridorAttacks, iso3: str, field: str) -> list[Edit]:
    if (change.factor is None) == (change.events is None):
        raise InvalidRequestError(f"{field}: give `factor` or `events`", {field: "give factor or events"})
    edits = []
    for slot in _corridor_slots(change.corridor, iso3, field):
        for column in (f"events_5km_c{slot}", f"events_25km_c{slot}"):
            if change.factor is not None:
                edits.append(Edit("corridors", column, RECENT_MONTHS, _multiply(change.factor)))
            else:
                edits.append(_add("corridors", column, change.events or 0, RECENT_MONTHS, stands_alone=True))
    if change.events:
        edits.append(_add("countries", "events_state", change.events, RECENT_MONTHS))
    return edits


def _corridor_slots(name: str, iso3: str, field: str) -> list[int]:
    """Return the places of the matching corridors among a capital's columns."""
    corridors = read_corridors()
    corridors = corridors[corridors["iso3"] == iso3].sort_values("corridor", ignore_index=True).head(MAX_CORRIDORS)
    text = corridors["corridor"] + " " + corridors["name"].str.lower() + " " + corridors["start"].str.lower()
    wanted = name.strip().lower()
    slots = corridors.index if wanted == "all" else corridors.index[text.str.contains(wanted, regex=False)]
    if not len(slots):
        names = ", ".join(corridors["name"]) or "none is mapped"
        message = f"no corridor of {iso3} is called {name[:60]!r}; there are: {names}"
        raise UnknownCorridorError(message, {f"{field}.corridor": "is not a corridor"})
    return [int(slot) for slot in slots]


def _fighting(change: Fighting) -> list[Edit]:
    edits = [_add("countries", "deaths", change.deaths), _add("countries", "events_state", change.events)]
    if change.place == "country":
        return edits
    counts = (("deaths", change.deaths), ("events", change.events))
    ring = RING[change.place]
    edits += [_add("rings", f"{measure}_r{ring}", count) for measure, count in counts]
    suffix = "" if ring <= 1 else "_around"
    if ring <= 3:
        edits += [_add("capital", f"{measure}{suffix}", count, stands_alone=True) for measure, count in counts]
    return edits


def _price(change: Price) -> list[Edit]:
    share = change.percent / 100
    measures = ("change_1m", "vs_median_6m", "change_1m_net")
    return [
        Edit("prices", f"{change.commodity}_{m}", 1, lambda x: np.float32(1 + share) * (1 + x) - 1, stands_alone=True)
        for m in measures
    ]


def _multiply(factor: float) -> Callable[[Floats], Floats]:
    return lambda x: (x * np.float32(factor)).astype(np.float32)


def _add(table: str, column: str, total: int, months: int = 1, *, stands_alone: bool = False) -> Edit:
    return Edit(table, column, months, lambda x: x + np.float32(total / months), stands_alone)
