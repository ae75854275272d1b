"""V-Dem's electoral democracy index (v2x_polyarchy), 0 to 1, by country and year.

Its licence asks that what is computed from it is shared alike: it stays in a table of its own.
"""

from data.sources.base import Parsed, Source
from data.sources.countries import iso3_of
from data.sources.reading import read_header, read_table
from data.sources.rows import Rows


def parse(raw: bytes, filename: str) -> Parsed:
    """Read V-Dem's country-year file, or the repack that names countries and calls the index polyarchy."""
    published = "v2x_polyarchy" in read_header(raw, filename)
    country, index = ("country_text_id", "v2x_polyarchy") if published else ("country", "polyarchy")
    rows = Rows(read_table(raw, filename, required=(country, "year", index)), filename)
    rows.number(index)
    rows.drop(~rows[index].between(0, 1), "index outside 0 to 1", rows[index])
    rows.text(country)
    # V-Dem has codes of its own (PSG for Gaza, SML for Somaliland) for places that ISO does not list.
    rows.country(rows[country] if published else iso3_of(name=rows[country]), rows[country])
    rows.year("year")
    rows["electoral_democracy"] = rows[index]
    rows.unique(["iso3", "year"])
    return rows.parsed(SOURCE)


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
    other_columns=(frozenset({"country", "year", "polyarchy"}),),
)
