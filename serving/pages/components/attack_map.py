"""Map of the attacks around a capital: distance rings, compass sectors and supply corridors."""

from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data import calendar
from data.geometry import COMPASS, RING_EDGES_KM, great_circle_km
from data.reference_tables import read_corridors
from data.tables.corridors import MAX_CORRIDORS
from serving.served_publication import ServedPublication

MONTHS = 12
SIZE, CENTRE, RADIUS, RIM = 420, 210, 158, 178
GRADES = (1, 3, 10, 30, 100)
"""Least numbers of events of each grade of shade or width; below the first there is no event."""


@dataclass(frozen=True)
class AttackMap:
    """Events around a capital in the newest twelve consecutive months known at the origin."""

    first: pd.Timestamp
    last: pd.Timestamp
    rings: list[tuple[str, int]]
    """Name of each ring within 325 km and its events, the innermost first."""
    sectors: list[tuple[str, int]]
    """Compass sector and its events between 10 and 200 km."""
    corridors: list[tuple[str, str, int]]
    """Name, goods, and events within 5 km of its line, most attacked first."""
    drawing: str


def attack_map(served: ServedPublication, iso3: str) -> AttackMap | None:
    """Count and draw the events around a capital; None where no twelve consecutive months with coordinates are known."""
    known = _window(served, iso3, "rings")
    if known is None:
        return None
    last, events = known
    rings = [(f"{a} to {b} km", int(events[f"events_r{i}"])) for i, (a, b) in enumerate(pairwise(RING_EDGES_KM))]
    sectors = [(name, int(events[f"events_s{i}"])) for i, name in enumerate(COMPASS)]
    near = _window(served, iso3, "corridors")
    lines = read_corridors()
    supply = lines[lines["iso3"] == iso3].sort_values("corridor").head(MAX_CORRIDORS)
    attacks = [int(near[1][f"events_5km_c{i}"]) if near else 0 for i in range(len(supply))]
    place = served.capitals.loc[iso3]
    drawing = _draw(place, rings, sectors, list(supply["wkt"]), attacks)
    carried = supply["carries"].str.replace(";", ", ")
    corridors = sorted(zip(supply["name"], carried, attacks, strict=True), key=lambda line: -line[2])
    return AttackMap(last - pd.DateOffset(months=MONTHS - 1), last, rings, sectors, corridors, drawing)


def _window(served: ServedPublication, iso3: str, table: str) -> tuple[pd.Timestamp, dict[str, float]] | None:
    """Return the last month and the column sums of the newest twelve consecutive months known at the newest origin, however old.

    Months after a gap do not count: a single known month would pass for a quiet year.
    """
    cube = served.panel.cubes.get(table)
    if cube is None:
        return None
    row, origin = served.panel.iso3.index(iso3), calendar.month_index(served.newest_origin)
    cube = cube.at(origin)
    known = cube.visible[row, : origin + 1 - cube.first] <= origin
    full = np.flatnonzero(np.convolve(known, np.ones(MONTHS), "valid") == MONTHS)
    if not len(full):
        return None
    first = int(full[-1])
    total = cube.values[row, first : first + MONTHS].sum(axis=0)
    return calendar.month_at(first + MONTHS - 1 + cube.first), dict(zip(cube.names, total.tolist(), strict=True))


def grade(count: int) -> int:
    """Return the grade of a number of events: 0 for none, 5 for a hundred and more."""
    return sum(count >= least for least in GRADES)


def _reach(km: float) -> float:
    """Return the drawn distance: the square root, so that the inner rings have room."""
    return RADIUS * float(np.sqrt(km / RING_EDGES_KM[-1]))


def _draw(
    place: pd.Series, rings: list[tuple[str, int]], sectors: list[tuple[str, int]], lines: list[str], attacks: list[int]
) -> str:
    parts = []
    for edge, (name, count) in reversed(list(zip(RING_EDGES_KM[1:], rings, strict=True))):
        radius = _reach(edge)
        parts.append(
            f'<circle class="ring q{grade(count)}" cx="{CENTRE}" cy="{CENTRE}" r="{radius:.1f}"><title>{name}: {count} events</title></circle>'
        )
    for number, (name, count) in enumerate(sectors):
        parts.append(_wedge(number, name, count))
    for wkt, count in zip(lines, attacks, strict=True):
        points = _polylines(
            place["latitude"],
            place["longitude"],
            shapely.get_coordinates(shapely.segmentize(shapely.from_wkt(wkt), 0.2)),
        )
        parts += [f'<polyline class="corridor w{min(grade(count), 3)}" points="{piece}"/>' for piece in points]
    for edge in RING_EDGES_KM[1:]:
        parts.append(f'<text x="{CENTRE + 3}" y="{CENTRE - _reach(edge) + 11:.1f}">{edge}</text>')
    parts.append(f'<circle class="seat" cx="{CENTRE}" cy="{CENTRE}" r="3.5"/>')
    most = max(sectors, key=lambda s: s[1])
    summary = f"{sum(count for _, count in rings)} events within {RING_EDGES_KM[-1]} km, {rings[0][1]} of them within {RING_EDGES_KM[1]} km"
    toward = f"; most between 10 and 200 km out in the {most[0]} ({most[1]})" if most[1] else ""
    title = escape(
        f"Events around {place['capital']}: {summary}{toward}. The table below has every figure.", quote=True
    )
    return (
        f'<svg class="chart polar" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{title}">{"".join(parts)}</svg>'
    )


def _wedge(number: int, name: str, count: int) -> str:
    """Draw a sector of the rim with its number of events beside it."""
    edges = np.radians(45 * number + np.array([-21.5, 21.5]))
    (x0, x1), (y0, y1) = np.sin(edges), -np.cos(edges)
    outer, inner = RIM, RADIUS + 4
    path = (
        f"M{CENTRE + inner * x0:.1f} {CENTRE + inner * y0:.1f}A{inner} {inner} 0 0 1 {CENTRE + inner * x1:.1f} {CENTRE + inner * y1:.1f}"
        f"L{CENTRE + outer * x1:.1f} {CENTRE + outer * y1:.1f}A{outer} {outer} 0 0 0 {CENTRE + outer * x0:.1f} {CENTRE + outer * y0:.1f}z"
    )
    middle = np.radians(45 * number)
    x, y = CENTRE + 193 * np.sin(middle), CENTRE - 193 * np.cos(middle) + 4
    label = f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{name} {count}</text>'
    return f'<path class="ring q{grade(count)}" d="{path}"/>{label}'


def _polylines(latitude: float, longitude: float, points: npt.NDArray[np.float64]) -> list[str]:
    """Return the pieces of a line inside the outermost ring, drawn by direction and distance from the capital."""
    lon, lat = np.radians(points[:, 0] - longitude), np.radians(points[:, 1])
    here = np.radians(latitude)
    km = great_circle_km(latitude, longitude, points[:, 1], points[:, 0])
    bearing = np.arctan2(
        np.sin(lon) * np.cos(lat), np.cos(here) * np.sin(lat) - np.sin(here) * np.cos(lat) * np.cos(lon)
    )
    pieces: list[list[str]] = [[]]
    for distance, angle in zip(km, bearing, strict=True):
        if distance > RING_EDGES_KM[-1]:
            pieces.append([])
            continue
        reach = _reach(distance)
        pieces[-1].append(f"{CENTRE + reach * np.sin(angle):.1f},{CENTRE - reach * np.cos(angle):.1f}")
    return [" ".join(piece) for piece in pieces if len(piece) > 1]
