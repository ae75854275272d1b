"""Long monthly tables to dense unit x month arrays with the origin from which each cell is visible."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar, geometry
from data.contracts.source_tables import EVENTS, VIOLENCE, YEARLY
from data.panel.grid import NEVER, Cube, Grid
from data.panel.revisions import VINTAGES, as_said, in_real_time, retold

MAX_CORRIDORS = 12
PRICE_GROUPS = ("fuel", "staple")
PRICE_MEASURES = ("change_1m", "vs_median_6m", "change_1m_net", "vs_median_6m_net", "series", "in_capital")
SECTOR_FROM_RING, SECTOR_TO_RING = 1, 5
"""Rings counted by compass sector: 10 km to 200 km, beyond the city and within a day's drive."""


def build_cubes(grid: Grid, tables: dict[str, pd.DataFrame], corridors: pd.DataFrame) -> dict[str, Cube]:
    """Lay every table of a compiled panel on the grid, with what was said otherwise; a table that is missing is left out."""
    built = {
        name: as_said(cube, grid, tables.get(name + VINTAGES))
        for name, cube in newest_cubes(grid, tables, corridors).items()
    }
    if "countries" in built:
        built["countries"] = in_real_time(built["countries"], grid, tables.get("country_vintages"))
        inputs: dict[str, Cube] = {name: built[name] for name in ("countries", "districts", "rings") if name in built}
        revisions = retold(inputs.values(), lambda o: _capital_area({n: c.at(o) for n, c in inputs.items()}))
        built["capital"] = replace(_capital_area(inputs), revisions=revisions)
    return built


def newest_cubes(grid: Grid, tables: dict[str, pd.DataFrame], corridors: pd.DataFrame) -> dict[str, Cube]:
    """Lay tables on the grid as their newest vintage tells them."""
    coverage = tables["coverage"]
    built: dict[str, Cube] = {}
    if "rings" in tables:
        built["rings"] = _census(grid, _ring_columns(tables["rings"]), coverage, "events")
        built["corridors"] = _census(grid, _corridor_columns(tables["corridors"], corridors), coverage, "events")
        built["near"] = _census(grid, _near_columns(tables["near"]), coverage, "events")
    if "roads" in tables:
        built["roads"] = _census(grid, _road_columns(tables["roads"]), coverage, "events")
    if "districts" in tables:
        built["districts"] = _census(grid, _district_columns(tables["districts"]), coverage, "districts")
    if "countries" in tables:
        built["countries"] = _countries(grid, tables["countries"], coverage)
    if "coups" in tables:
        built["coups"] = _census(grid, tables["coups"].drop(columns="source"), _span(tables["coups"], "coups"), "coups")
    for name, table in (("prices", _price_columns(tables.get("prices"))), ("media", tables.get("media"))):
        if table is not None:
            built[name] = _observed(grid, table.drop(columns="source", errors="ignore"))
    for name, table in (
        ("economy", _economy_columns(tables.get("economy"))),
        ("regime", _yearly(tables.get("regime"))),
    ):
        if table is not None:
            built[name] = _observed(grid, table)
    return built


def _observed(grid: Grid, table: pd.DataFrame) -> Cube:
    """Only what was reported is known."""
    names = tuple(c for c in table.columns if c not in {"iso3", "month", "available_at"})
    reaching = grid.reaching(table)
    cube = reaching.blank(names)
    rows, columns, inside = reaching.cells(table)
    values = table[list(names)].to_numpy(np.float32)
    cube.values[rows[inside], columns[inside]] = values[inside]
    cube.visible[rows[inside], columns[inside]] = calendar.visible_from(table["available_at"])[inside]
    return cube


def _census(grid: Grid, table: pd.DataFrame, coverage: pd.DataFrame, name: str) -> Cube:
    """Within a source's coverage a missing row is a true zero; outside it, nothing is known."""
    cube = _observed(grid, table)
    lag = calendar.visible_from(table["available_at"]) - calendar.month_indices(table["month"])
    months_late = int(np.median(lag)) if len(lag) else 0
    covered: npt.NDArray[np.bool_] = np.zeros_like(cube.visible, bool)
    for iso3, first, last in coverage.loc[coverage["table"] == name, ["iso3", "first", "last"]].itertuples(index=False):
        span = slice(max(calendar.month_index(first) - cube.first, 0), calendar.month_index(last) - cube.first + 1)
        if iso3 == "*":
            covered[:, span] = True
        elif iso3 in grid.row:
            covered[grid.row[iso3], span] = True
    quiet = covered & (cube.visible == NEVER)
    cube.values[quiet] = 0.0
    seen = np.arange(len(covered.T), dtype=np.int32) + cube.first + months_late
    cube.visible[quiet] = np.broadcast_to(seen, covered.shape)[quiet]
    cube.values[~covered] = np.nan
    cube.visible[~covered] = NEVER
    return cube


def _span(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Cover the world from the first to the newest month of a table."""
    return pd.DataFrame(
        {"table": [name], "iso3": ["*"], "first": [table["month"].min()], "last": [table["month"].max()]}
    )


def _pivot(
    table: pd.DataFrame, column: pd.Series, measures: dict[str, str], suffixes: Iterable[object]
) -> pd.DataFrame:
    """Spread measures over columns, one for every suffix: what happened nowhere in a table is 0 in all its months."""
    wide = table.assign(column=column).pivot_table(
        index=["iso3", "month"], columns="column", values=list(measures), aggfunc="sum", fill_value=0.0
    )
    wide.columns = [f"{measures[measure]}_{suffix}" for measure, suffix in wide.columns]
    every = [f"{name}_{suffix}" for name in measures.values() for suffix in suffixes]
    available = table.groupby(["iso3", "month"])["available_at"].max()
    return wide.reindex(columns=every, fill_value=0.0).join(available).reset_index()


def _ring_columns(table: pd.DataFrame) -> pd.DataFrame:
    measures = {"events": "events", "deaths": "deaths"}
    by_ring = _pivot(table, "r" + table["ring"].astype(str), measures, [f"r{r}" for r in range(geometry.UNPLACED + 1)])
    close = table[table["ring"] <= 3]
    by_kind = _pivot(close, close["violence"] + "_100km", measures, [f"{v}_100km" for v in VIOLENCE])
    ranged = table[(table["ring"] >= SECTOR_FROM_RING) & (table["ring"] < SECTOR_TO_RING)]
    by_sector = _pivot(
        ranged, "s" + ranged["sector"].astype(str), {"events": "events"}, [f"s{s}" for s in range(geometry.SECTORS)]
    )
    keys = ["iso3", "month"]
    joined = by_ring.merge(by_kind.drop(columns="available_at"), on=keys, how="left")
    return joined.merge(by_sector.drop(columns="available_at"), on=keys, how="left").fillna(0.0)


def _near_columns(table: pd.DataFrame) -> pd.DataFrame:
    counts = ("events", "days", "deaths")
    measures = {m: m for m in (*counts, "deaths_largest_event", *(f"{c}_or_district" for c in counts))}
    return _pivot(table, table["radius_km"].astype(str) + "km", measures, [f"{km}km" for km in geometry.NEAR_RADII_KM])


def _road_columns(table: pd.DataFrame) -> pd.DataFrame:
    return _pivot(
        table, "s" + table["sector"].astype(str), {"events": "events"}, [f"s{s}" for s in range(geometry.SECTORS)]
    )


def _corridor_columns(table: pd.DataFrame, corridors: pd.DataFrame) -> pd.DataFrame:
    slot = corridors.sort_values("corridor").groupby("iso3").cumcount()
    slots = dict(zip(corridors.sort_values("corridor")["corridor"], slot, strict=True))
    number = table["corridor"].map(slots)
    used = table[number < MAX_CORRIDORS].assign(closeness_km=geometry.RING_EDGES_KM[-1] - table["nearest_km"])
    per_slot = _pivot(
        used,
        "c" + number[number < MAX_CORRIDORS].astype(int).astype(str),
        {"events_5km": "events_5km", "events_25km": "events_25km"},
        [f"c{slot}" for slot in range(MAX_CORRIDORS)],
    )
    closest = used.groupby(["iso3", "month"], as_index=False)["closeness_km"].max()
    return per_slot.merge(closest, on=["iso3", "month"], how="left")


def _district_columns(table: pd.DataFrame) -> pd.DataFrame:
    events = table["events_state"] + table["events_nonstate"] + table["events_onesided"]
    return _pivot(
        table.assign(events=events), table["role"], {"events": "events", "deaths": "deaths"}, ("core", "ring")
    )


def _countries(grid: Grid, table: pd.DataFrame, coverage: pd.DataFrame) -> Cube:
    """Take each cell from the fullest source; totals of the source that drops long events fill only what is left.

    UCDP is a census of the world: a country that a month's file does not list had no deaths. What is counted from events
    is one where `coverage` says so, and is newer than the yearly table.
    """
    columns = ["iso3", "month", "available_at", "deaths", "events_state", "events_nonstate", "events_onesided"]
    full = {source: table["source"] == source for source in (YEARLY, EVENTS)}
    layers = {"totals": ~(full[YEARLY] | full[EVENTS])} | full
    parts = []
    for source, own in ((source, table[rows]) for source, rows in layers.items() if rows.any()):
        spans = coverage[coverage["source"] == source] if source == EVENTS else _span(own, "countries")
        totals_only = float(source not in full)
        parts.append(_census(grid, own[columns].assign(totals_only=totals_only), spans, "countries"))
    cube = parts[0]
    for better in parts[1:]:
        known = better.visible != NEVER
        cube.values[known], cube.visible[known] = better.values[known], better.visible[known]
    return cube


def _price_columns(table: pd.DataFrame | None) -> pd.DataFrame | None:
    if table is None:
        return None
    given = [measure for measure in PRICE_MEASURES if measure in table]
    numbers = table.astype(dict.fromkeys(given, "float64"))
    wide = numbers.pivot_table(index=["iso3", "month"], columns="group", values=given, aggfunc="first")
    wide.columns = [f"{group}_{measure}" for measure, group in wide.columns]
    wide = wide.reindex(columns=[f"{group}_{measure}" for group in PRICE_GROUPS for measure in PRICE_MEASURES])
    return wide.join(table.groupby(["iso3", "month"])["available_at"].max()).reset_index()


def _yearly(table: pd.DataFrame | None) -> pd.DataFrame | None:
    if table is None:
        return None
    december = pd.to_datetime(table["year"].astype(str) + "-12-01")
    return table.assign(month=december).drop(columns=["year", "source"])


def _economy_columns(table: pd.DataFrame | None) -> pd.DataFrame | None:
    if table is None:
        return None
    monthly = table.assign(month=pd.to_datetime(table["year"].astype(str) + "-12-01"))
    wide = monthly.pivot_table(index=["iso3", "month"], columns="indicator", values="value", aggfunc="last")
    return wide.join(monthly.groupby(["iso3", "month"])["available_at"].max()).reset_index()


def _capital_area(built: dict[str, Cube]) -> Cube:
    """Fighting in and around the capital from the best source of each month, which `basis` names.

    0: rings within 25 km; 1: the capital's own and surrounding district; 2: no deaths or events in the whole country,
    so none at the capital either. Where none of these holds the value is unknown, though its month is not: else the
    quiet months of a war, which alone are known, would pass for its newest ones.
    """
    country = built["countries"]
    shape = country.visible.shape
    names = ("deaths", "events", "deaths_around", "events_around", "basis")
    values = np.full((*shape, len(names)), np.nan, np.float32)
    visible = country.visible.copy()

    def take(where: npt.NDArray[np.bool_], source: Cube, columns: list[npt.NDArray[np.float32]], basis: float) -> None:
        for k, column in enumerate(columns):
            values[where, k] = column[where]
        values[where, 4] = basis
        visible[where] = source.visible[where]

    quiet = (country.visible != NEVER) & (country.values[:, :, country.names.index("deaths")] == 0)
    take(quiet, country, [np.zeros(shape, np.float32)] * 4, 2)
    if "districts" in built:
        districts = built["districts"]
        column = {n: districts.values[:, :, i] for i, n in enumerate(districts.names)}
        take(
            districts.visible != NEVER,
            districts,
            [column[n] for n in ("deaths_core", "events_core", "deaths_ring", "events_ring")],
            1,
        )
    if "rings" in built:
        ringed = built["rings"]
        column = {n: ringed.values[:, :, i] for i, n in enumerate(ringed.names)}
        inner = [sum((column[f"{m}_r{r}"] for r in (0, 1)), np.zeros(shape, np.float32)) for m in ("deaths", "events")]
        outer = [column["deaths_r2"] + column["deaths_r3"], column["events_r2"] + column["events_r3"]]
        take(ringed.visible != NEVER, ringed, [*inner, *outer], 0)
    return Cube(names, values, visible, country.first)
