"""V-Dem's electoral democracy index (v2x_polyarchy), 0 to 1, by country and year.

V-Dem's own download requires a form; Our World in Data has the same index as a CSV with ISO3 codes. Its licence
requires share-alike of derived data: it stays in a table of its own.
"""

from collections.abc import Iterator

from data.sources.shared.countries import iso3_of
from data.sources.shared.reading import read_header, read_table
from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, RevisionTolerance, Source

_ADDRESS = "https://ourworldindata.org/grapher/electoral-democracy-index.csv?v=1&csvType=full&useColumnShortNames=true"
_LAYOUTS = {
    "v2x_polyarchy": "country_text_id",
    "electdem_vdem__estimate_best": "code",
    "polyarchy": "country",
}
"""The index and the country of V-Dem's own file, of Our World in Data's and of a repack."""


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse V-Dem's country-year file, Our World in Data's, or the repack that names countries."""
    header = read_header(raw, filename)
    index = next((name for name in _LAYOUTS if name in header), "polyarchy")
    country = _LAYOUTS[index]
    rows = SourceRows(read_table(raw, filename, required=(country, "year", index), optional=("entity",)), filename)
    rows.number(index)
    rows.drop(~rows[index].between(0, 1), "index outside 0 to 1", rows[index])
    if country == "code":
        _only_countries(rows)
    rows.text(country)
    # V-Dem has codes of its own (PSG for Gaza, SML for Somaliland) for places that ISO does not list.
    rows.country(iso3_of(name=rows[country]) if country == "country" else rows[country], rows[country])
    rows.year("year")
    rows["electoral_democracy"] = rows[index]
    rows.unique(["iso3", "year"])
    return rows.parsed(SOURCE)


def _only_countries(rows: SourceRows) -> None:
    """Set ISO3 by code or name; Our World in Data's regions have no code, or one of its own such as OWID_AFR."""
    iso3 = iso3_of(iso3=rows["code"], name=rows["entity"])
    own = (rows["code"].str.strip() == "") | rows["code"].str.startswith("OWID_")
    rows["code"] = iso3.where(iso3.notna(), rows["code"])
    rows.drop(iso3.isna() & own, "aggregate, not a country", rows["entity"])


def plan(_publisher: Publisher) -> Iterator[Download]:
    """List the one file, which is replaced at every update."""
    yield Download(_ADDRESS, "electoral-democracy-index.csv")


SOURCE = Source(
    name="electoral_democracy",
    title="V-Dem electoral democracy index",
    publisher="V-Dem Institute, University of Gothenburg",
    url="https://www.v-dem.net/data/the-v-dem-dataset/",
    licence="CC BY-SA 4.0",
    citation="Coppedge et al., V-Dem Country-Year Dataset; Teorell et al. (2019), SCID 54",
    table="regime",
    cadence_days=365,
    lag_days=75,
    redistribute=True,
    format_seen="2026-11: juanr_conflict_country_year_1946_2021.parquet",
    parse=parse,
    columns=frozenset({"country_text_id", "year", "v2x_polyarchy"}),
    other_columns=(
        frozenset({"entity", "code", "year", "electdem_vdem__estimate_best"}),
        frozenset({"country", "year", "polyarchy"}),
    ),
    addresses=(_ADDRESS,),
    address_seen="2026-11: public programs that fetch the address and name its columns",
    plan=plan,
    revision=RevisionTolerance(by=0.1, share=0.2),
)
