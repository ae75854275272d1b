"""What every panel table must do: compile from the samples, hide the future, take back what is withdrawn, and grow old."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import data.tables
from data import calendar, source_status
from data.compile.tables import compile_panel, compile_table
from data.compile.vintages import collect_vintages
from data.contracts.columns import dtypes
from data.contracts.forecasts import TARGETS
from data.grid import Cube, Grid
from data.ingest.merge import coverage_frame
from data.panel.cubes import build_cubes
from data.panel.panel import Panel, assemble
from data.panel.revisions import VINTAGES
from data.panel.view import as_of
from data.reference_tables import units
from data.settings import REPOSITORY
from data.sources.registry import identify, sources
from data.tables.registry import fed_by, panel_tables, row_tables
from data.tables.shared.spans import WORLD
from data.tables.shared.table import PanelTable, Tables
from features.freshness import flags
from features.registry import groups

SAMPLES = Path(__file__).parents[2] / "samples"
LAST = pd.Timestamp("2034-12-01")
EPISODES = pd.DataFrame(
    {
        "iso3": ["MLI"],
        "capital": ["Bamako"],
        "start": [pd.Timestamp("2034-01-01")],
        "end": [LAST],
        "kind": ["supply"],
        "confidence": ["H"],
        "reason": [""],
    }
)
"""A catalogue that reaches far enough for every table to grow old."""
every_table = pytest.mark.parametrize("table", panel_tables().values(), ids=lambda table: table.name)
FROM_SOURCES = [t for t in panel_tables().values() if t.reductions or t.derive]
"""All but the catalogue, which is curated in the repository and has no rows of a publisher."""
every_table_of_sources = pytest.mark.parametrize("table", FROM_SOURCES, ids=lambda table: table.name)
every_cube = pytest.mark.parametrize("table", [t for t in FROM_SOURCES if not t.amends], ids=lambda table: table.name)


def compile_samples(folder: Path = SAMPLES) -> Tables:
    """Compile every sample below a folder."""
    rows: dict[str, list[pd.DataFrame]] = {}
    spans: dict[str, list[tuple[str, ...]]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        source = identify(path.name, path.read_bytes())
        assert source is not None, path
        parsed = source.parse(path.read_bytes(), path.name)
        rows.setdefault(parsed.table, []).append(parsed.rows)
        covered = parsed.coverage
        if parsed.table in {table.census_of for table in panel_tables().values()} and not covered:
            # A sample has too few countries to be recognised as a census of its months.
            dates = parsed.rows["month" if "month" in parsed.rows else "date"]
            covered = [(WORLD, dates.min(), dates.max())]
        spans.setdefault(parsed.table, []).extend(
            (source.name, parsed.table, iso3, f"{first:%Y-%m}", f"{last:%Y-%m}") for iso3, first, last in covered
        )
    return compile_panel(
        compile_table(
            name,
            pd.concat(parts).drop_duplicates(row_tables()[name].contract.unique, ignore_index=True),
            coverage_frame(spans[name]),
        )
        for name, parts in sorted(rows.items())
    )


@pytest.fixture(scope="module")
def compiled() -> Tables:
    return compile_samples()


def panel_of_tables(tables: Tables) -> Panel:
    return assemble(tables, EPISODES, {"vintage": "samples"})


@pytest.fixture(scope="module")
def panel(compiled: Tables) -> Panel:
    return panel_of_tables(compiled)


def cube_of(table: PanelTable, tables: Tables) -> Cube:
    """Lay a table on the panel's grid by itself, from the compiled tables that it is made from and their revisions."""
    needed = {*inputs_of(table), "coverage"}
    parts = {name: rows for name, rows in tables.items() if name.removesuffix(VINTAGES) in needed}
    return build_cubes(Grid(list(units()["iso3"]), calendar.month_index(LAST) + 1), parts)[table.name]


def known(cube: Cube, origin: int) -> np.ndarray:
    """Return what the origin may see of a cube, NaN elsewhere."""
    cube = cube.at(origin)
    return np.where((cube.visible <= origin)[:, :, None], cube.values, np.nan)


def inputs_of(table: PanelTable) -> list[str]:
    """Return the compiled tables that a table's cube is made from."""
    direct = [name for name in table.derived_from if name in panel_tables()] or [table.name]
    return [t.name for t in panel_tables().values() if t.name in direct or t.amends in direct]


def measures(name: str) -> list[str]:
    """Return the numbers of a compiled table; its other columns say which row is which."""
    contract = panel_tables()[name].contract
    assert contract is not None
    return [column for column, dtype in dtypes(contract).items() if dtype == "float64"]


def origins_of(compiled: Tables, table: PanelTable) -> Iterator[int]:
    """Yield the first, middle and last origin at which a row of the table's inputs becomes visible."""
    seen = np.unique(
        np.concatenate([calendar.visible_from(compiled[name]["available_at"]) for name in inputs_of(table)])
    )
    yield from dict.fromkeys([int(seen[0]), int(seen[len(seen) // 2]), int(seen[-1])])


@every_table
def test_a_table_is_described_in_full(table: PanelTable) -> None:
    assert importlib.import_module(f"data.tables.{table.name}").TABLE is table
    assert table.label
    assert not table.label.endswith(".")
    assert table.expected_age_months < table.max_age_months
    assert bool(table.reductions) == bool(table.contract)
    assert not (table.reductions and table.derive)
    assert bool(table.evidence) == bool(table.needed_by)
    assert {*table.needed_by} <= {*TARGETS}
    assert {*table.derived_from, *filter(None, [table.amends])} <= panel_tables().keys()
    assert {*table.reductions, *filter(None, [table.census_of])} <= row_tables().keys()
    assert table.contract is None or table.contract.name == table.name


@pytest.mark.parametrize("name", row_tables())
def test_every_table_of_rows_has_a_source_that_gives_it_and_a_measure_among_its_numbers(name: str) -> None:
    table = row_tables()[name]
    assert name in {source.table for source in sources().values()}
    assert not table.measure or dtypes(table.contract)[table.measure] == "float64"
    assert {"source", "available_at"} <= dtypes(table.contract).keys()


@every_table_of_sources
def test_a_table_compiles_from_the_samples_within_its_contract(compiled: Tables, table: PanelTable) -> None:
    for name in inputs_of(table):
        rows, contract = compiled[name], panel_tables()[name].contract
        assert len(rows)
        assert contract is not None
        contract.validate(rows)
        period = pd.to_datetime(rows["year"].astype(str) + "-12-01") if "year" in rows else rows["month"]
        assert (rows["available_at"] > period).all()


@every_cube
def test_no_origin_sees_a_number_of_a_row_that_was_not_available(compiled: Tables, table: PanelTable) -> None:
    cube, latest = cube_of(table, compiled), calendar.month_index(LAST)
    for first in origins_of(compiled, table):
        origin = first - 1
        rewritten = dict(compiled)
        for name in inputs_of(table):
            future = compiled[name]["available_at"] > calendar.as_of(calendar.month_at(origin))
            numbers = compiled[name][measures(name)]
            rewritten[name] = compiled[name].assign(**numbers.where(~future, numbers.abs() + 1000))
        after = cube_of(table, rewritten)
        np.testing.assert_array_equal(known(after, origin), known(cube, origin))
        changed = not np.array_equal(known(after, latest), known(cube, latest), equal_nan=True)
        assert changed, "nothing was rewritten"


@every_cube
def test_a_number_becomes_visible_with_its_row(compiled: Tables, table: PanelTable) -> None:
    cube, first = cube_of(table, compiled), min(origins_of(compiled, table))
    assert np.isfinite(known(cube, calendar.month_index(LAST))).any()
    if not table.census_of and not table.cube and not table.derive:
        assert not np.isfinite(known(cube, first - 1)).any()
        assert np.isfinite(known(cube, first)).any()


@every_cube
def test_rows_that_a_newer_vintage_withdraws_stay_known_to_the_origins_before_it(
    compiled: Tables, table: PanelTable
) -> None:
    older = {name: compiled[name] for name in [*inputs_of(table), "coverage"]}
    newer = dict(older)
    for name in inputs_of(table):
        newest = older[name]["available_at"] == older[name]["available_at"].max()
        newer[name] = older[name][~newest] if (~newest).any() else older[name].iloc[1:]
    arrival = calendar.month_index(pd.Timestamp(calendar.now())) - 1
    tables, reports = collect_vintages([(0, older), (arrival, newer)])
    both, before, after = cube_of(table, tables | reports), cube_of(table, older), cube_of(table, newer)
    np.testing.assert_array_equal(*on_one_span(both, before, arrival - 1))
    np.testing.assert_array_equal(*on_one_span(both, after, arrival))
    assert not np.array_equal(*on_one_span(before, after, arrival), equal_nan=True), "nothing was withdrawn"


def on_one_span(one: Cube, other: Cube, origin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the origin may see of two cubes, over the months of both."""
    months = min(one.values.shape[1], other.values.shape[1])
    return known(one, origin)[:, -months:], known(other, origin)[:, -months:]


@every_cube
def test_without_its_rows_a_table_is_missing_and_no_number_is_made_up(compiled: Tables, table: PanelTable) -> None:
    left = panel_of_tables({name: rows for name, rows in compiled.items() if name not in inputs_of(table)})
    view = as_of(left, pd.Timestamp("2024-12-01"))
    assert not view.has(table.amends or table.name)
    assert np.isnan(view.age(table.name)).all()
    if any(table.name in group.tables for group in groups()):
        assert flags(view).str.contains(f"missing:{table.name}").all()


@every_cube
def test_a_table_is_on_time_then_stale_then_missing(compiled: Tables, panel: Panel, table: PanelTable) -> None:
    latest = as_of(panel, LAST)
    row = int(np.nanargmin(latest.age(table.name)))
    newest = latest.index - int(latest.age(table.name)[row])
    read = any(table.name in group.tables for group in groups())
    for age, state in (
        (table.expected_age_months, ""),
        (table.expected_age_months + 1, "stale"),
        (table.max_age_months, "stale"),
        (table.max_age_months + 1, "missing"),
    ):
        view = as_of(panel, calendar.month_at(newest + age))
        if int(view.age(table.name)[row]) != age:
            continue  # its newest month was published later than this origin
        usable = [np.isfinite(view.last(table.name, column)[row]) for column in panel.cubes[table.name].names]
        assert any(usable) == (state != "missing")
        if read:
            words = flags(view).iloc[row].split()
            assert [word for word in words if word.endswith(f":{table.name}")] == (
                [f"{state}:{table.name}"] if state else []
            )


@every_table_of_sources
def test_the_sources_page_shows_which_sources_a_table_comes_from(home: Path, table: PanelTable) -> None:
    shown = {name for feed in source_status.feed_statuses(home) for name in feed.tables}
    assert (table.amends or table.name) in shown
    for rows in table.reductions:
        assert (table.amends or table.name) in fed_by(rows)


@every_table
def test_the_documentation_describes_a_table(table: PanelTable) -> None:
    page = (REPOSITORY / "docs" / "reference" / "tables.md").read_text()
    assert f"## `{table.name}`\n\n{table.label[0].upper()}{table.label[1:]}." in page


def test_every_module_of_a_folder_holds_a_table() -> None:
    folder = Path(data.tables.__path__[0])
    assert {p.stem for p in folder.glob("*.py")} - {"__init__", "registry"} == panel_tables().keys()
    assert {p.stem for p in (folder / "rows").glob("*.py")} - {"__init__"} <= row_tables().keys()
