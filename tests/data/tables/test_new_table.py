"""A table that is new to the package: one module, one source and a sample, and nothing else is edited."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import data.sources
import data.tables
from data import source_status
from data.compile import build
from data.ingest.ingest import ingest_folder
from data.ingest.read_tables import load_tables
from data.panel.panel import load
from data.panel.view import as_of
from data.sources.registry import parser_digest, sources
from data.tables.registry import fed_by, max_age_months, panel_tables, row_tables

TABLE = '''
"""Rainfall by country and month."""

from data.contracts import columns
from data.contracts.columns import AVAILABLE, COUNT, ISO3, MONTH_START, SOURCE
from data.tables.shared.recent_rows import recent_rows
from data.tables.shared.table import PanelTable, RowTable

ROWS = RowTable(
    columns.table(
        "rainfall",
        {"source": SOURCE, "iso3": ISO3, "month": MONTH_START, "millimetres": COUNT, "available_at": AVAILABLE},
        unique=["source", "iso3", "month"],
    ),
    measure="millimetres",
)
TABLE = PanelTable(
    name="rainfall",
    label="rainfall",
    reductions={"rainfall": recent_rows("rainfall")},
    contract=ROWS.contract,
    max_age_months=9,
    names_vintage=True,
)
'''
SOURCE = '''
"""Rainfall as an invented weather service publishes it."""

from data.sources.shared.reading import read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Source


def parse(raw, filename):
    """Read one row per country and month."""
    rows = SourceRows(read_table(raw, filename, required=("country_code", "rain_month", "millimetres")), filename)
    rows["iso3"] = rows["country_code"]
    rows.date("rain_month", into="month")
    rows.number("millimetres", minimum=0)
    return rows.parsed(SOURCE)


SOURCE = Source(
    name="weather_service",
    title="Rainfall",
    publisher="An invented weather service",
    url="https://example.org/rain",
    licence="CC0",
    citation="Invented",
    table="rainfall",
    cadence_days=31,
    lag_days=10,
    redistribute=True,
    format_seen="invented",
    parse=parse,
    columns=frozenset({"country_code", "rain_month", "millimetres"}),
)
'''
SAMPLE = "country_code,rain_month,millimetres\nMLI,2026-03-01,12.5\nMLI,2026-04-01,30\nNER,2026-04-01,7\n"


@pytest.fixture
def rainfall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the sample, while the two modules lie where the registries look."""
    for package, name, code in ((data.tables, "rainfall", TABLE), (data.sources, "weather_service", SOURCE)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / f"{name}.py").write_text(code)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    downloads = tmp_path / "downloaded"
    downloads.mkdir()
    (downloads / "rain.csv").write_text(SAMPLE)
    registries = (sources, parser_digest, panel_tables, row_tables, fed_by)
    for registry in registries:
        registry.cache_clear()
    yield downloads
    monkeypatch.undo()
    for registry in registries:
        registry.cache_clear()


def test_a_new_table_goes_from_file_to_origin_without_any_other_edit(rainfall: Path, home: Path) -> None:
    assert [(r.source, r.outcome, r.kept) for r in ingest_folder(rainfall, home=home)] == [
        ("weather_service", "new", 3)
    ]
    assert load_tables(home, ["rainfall"])[0]["rainfall"]["millimetres"].tolist() == [12.5, 30.0, 7.0]
    manifest, _ = build.build_own()
    assert "rainfall" in manifest["tables"]  # type: ignore[operator]
    panel = load()
    mali = panel.iso3.index("MLI")
    view = as_of(panel, pd.Timestamp("2026-05-01"))
    np.testing.assert_array_equal(view.recent("rainfall", "millimetres", 3)[mali], [np.nan, 12.5, 30.0])
    assert view.age("rainfall")[mali] == 1
    # April came out on 11 May, so that the origin of April knows March alone.
    assert as_of(panel, pd.Timestamp("2026-04-01")).last("rainfall", "millimetres")[mali] == 12.5
    assert np.isnan(view.last("rainfall", "millimetres")[panel.iso3.index("FRA")])
    assert max_age_months("rainfall") == 9
    feed = next(feed for feed in source_status.feed_statuses(home) if feed.source.name == "weather_service")
    assert (feed.tables, feed.limit_months, feed.newest_month) == (("rainfall",), 9, "2026-04")


def test_a_row_of_a_new_table_that_breaks_its_contract_is_dropped_and_counted(rainfall: Path, home: Path) -> None:
    (rainfall / "rain.csv").write_text(SAMPLE + "BFA,2026-04-01,-4\n")
    (result,) = ingest_folder(rainfall, home=home)
    assert (result.kept, result.dropped) == (3, {"below 0: millimetres": 1})


def test_once_the_module_is_gone_so_is_the_table() -> None:
    assert "rainfall" not in panel_tables()
    assert "weather_service" not in sources()
