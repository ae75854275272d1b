"""What a scenario may change, as typed JSON or as one of a few plain sentences, and which counts that touches."""

import re
from collections.abc import Callable

import numpy as np
from pydantic import TypeAdapter, ValidationError

from data import geometry
from data.panel.counterfactual import Edit, Floats, Marked
from data.panel.cubes import MAX_CORRIDORS
from data.reference_tables import read_corridors
from serving.queries.errors import InvalidRequestError, UnknownCorridorError
from serving.schemas.scenario_changes import UNDERSTOOD, AnyChange, CorridorAttacks, Fighting, Price, Typed

RECENT_MONTHS = 3
"""Attacks and their changes fall on the newest three months that are known."""
RING = {"capital": 0, "airport": 1, "surroundings": 2} | {
    f"{a}-{b}": i for i, (a, b) in enumerate(zip(geometry.RING_EDGES_KM, geometry.RING_EDGES_KM[1:], strict=False))
}
"""Airports lie 10 to 25 km out as a rule."""


_TYPED: TypeAdapter[AnyChange] = TypeAdapter(Typed)
_NUMBER = r"[0-9]{1,7}(?:\.[0-9]{1,3})?"
_SENTENCES = {
    "corridor_attacks": (
        rf"attacks on the (?P<corridor>.{{1,80}}?) (?:corridor|road) ?[x×] ?(?P<factor>{_NUMBER})",
        r"(?P<events>[0-9]{1,5}) attacks on the (?P<corridor>.{1,80}?) (?:corridor|road)",
    ),
    "price": (rf"(?P<commodity>[a-z ]{{1,20}}?) ?(?P<percent>[+-] ?{_NUMBER}) ?%",),
    "fighting": (
        r"(?P<place>[a-z0-9 -]{1,30}?)(?: district| km)? fighting (?P<deaths>[0-9]{1,7}) deaths(?: (?P<events>[0-9]{1,5}) events)?",
    ),
    "coup": (r"coup(?P<attempt> attempt)?",),
}
_COMMODITIES = {"diesel": "fuel", "petrol": "fuel", "gasoline": "fuel", "fuel": "fuel"} | dict.fromkeys(
    ("food", "staple", "staples", "staple food"), "staple"
)


def read(said: str, field: str) -> AnyChange:
    """Read a plain sentence; 422 naming what is understood otherwise."""
    text = " ".join(said.split()).lower()
    for kind, patterns in _SENTENCES.items():
        for pattern in patterns:
            if found := re.fullmatch(pattern, text, re.ASCII if kind == "coup" else 0):
                given = {name: value for name, value in found.groupdict().items() if value is not None}
                if kind == "price":
                    given["commodity"] = _COMMODITIES.get(given["commodity"], given["commodity"])
                    given["percent"] = given["percent"].replace(" ", "")
                if kind == "coup":
                    given = {"successful": "attempt" not in given}
                try:
                    return _TYPED.validate_python({"kind": kind, **given}, strict=False)
                except ValidationError:
                    break
    message = f"{said[:80]!r} is not understood; such sentences are: {'; '.join(UNDERSTOOD)}"
    raise InvalidRequestError(message, {field: "is not understood"})


def counts(change: AnyChange, iso3: str, field: str) -> tuple[list[Edit], list[Marked]]:
    """Return the cells of the panel that a change touches."""
    if isinstance(change, CorridorAttacks):
        return _attacks(change, iso3, field), []
    if isinstance(change, Fighting):
        return _fighting(change), []
    if isinstance(change, Price):
        return _price(change), []
    outcome = "successful" if change.successful else "failed"
    return [_added("coups", outcome, 1)], [Marked("coup" if change.successful else "coup_attempt", 1)]


def _attacks(change: CorridorAttacks, iso3: str, field: str) -> list[Edit]:
    if (change.factor is None) == (change.events is None):
        raise InvalidRequestError(f"{field}: give `factor` or `events`", {field: "give factor or events"})
    own = read_corridors().query("iso3 == @iso3").sort_values("corridor").reset_index(drop=True).head(MAX_CORRIDORS)
    words = own["corridor"] + " " + own["name"].str.lower() + " " + own["start"].str.lower()
    wanted = change.corridor.strip().lower()
    hit = own.index[words.str.contains(wanted, regex=False)] if wanted != "all" else own.index
    if not len(hit):
        names = ", ".join(own["name"]) or "none is mapped"
        message = f"no corridor of {iso3} is called {change.corridor[:60]!r}; there are: {names}"
        raise UnknownCorridorError(message, {f"{field}.corridor": "is not a corridor"})
    made = []
    for slot in hit:
        for column in (f"events_5km_c{slot}", f"events_25km_c{slot}"):
            if change.factor is not None:
                made.append(Edit("corridors", column, RECENT_MONTHS, _times(change.factor)))
            else:
                made.append(_added("corridors", column, change.events or 0, RECENT_MONTHS, stands_alone=True))
    if change.events:
        made.append(_added("countries", "events_state", change.events, RECENT_MONTHS))
    return made


def _fighting(change: Fighting) -> list[Edit]:
    made = [_added("countries", "deaths", change.deaths), _added("countries", "events_state", change.events)]
    if change.place == "country":
        return made
    ring = RING[change.place]
    made += [_added("rings", f"{m}_r{ring}", n) for m, n in (("deaths", change.deaths), ("events", change.events))]
    suffix = "" if ring <= 1 else "_around"
    if ring <= 3:
        made += [
            _added("capital", f"{m}{suffix}", n, stands_alone=True)
            for m, n in (("deaths", change.deaths), ("events", change.events))
        ]
    return made


def _price(change: Price) -> list[Edit]:
    share = change.percent / 100
    measures = ("change_1m", "vs_median_6m", "change_1m_net")
    return [
        Edit("prices", f"{change.commodity}_{m}", 1, lambda x: np.float32(1 + share) * (1 + x) - 1, stands_alone=True)
        for m in measures
    ]


def _times(factor: float) -> Callable[[Floats], Floats]:
    return lambda x: (x * np.float32(factor)).astype(np.float32)


def _added(table: str, column: str, total: int, months: int = 1, *, stands_alone: bool = False) -> Edit:
    return Edit(table, column, months, lambda x: x + np.float32(total / months), stands_alone)
