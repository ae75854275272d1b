"""Every source keeps the package's promises: found by its sample, within its contract, every loss counted."""

import gzip
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.settings import REPOSITORY
from data.sources.registry import identify, sources
from data.sources.shared.source import SourceError
from data.tables.registry import row_tables

SAMPLES = REPOSITORY / "tests" / "samples"
ALL_FILES = sorted(path for name in sources() for path in (SAMPLES / name).iterdir())
FILES = [path for path in ALL_FILES if path.suffix != ".xlsx"]
"""Text files, whose cells the tests below damage; the workbook has tests of its own."""
ROWS_KEPT = {
    "country_month_vintages.csv": 15,
    "API_NY.GDP.MKTP.CD_DS2_en_csv_v2_900.csv": 2 * 6,
    "V-Dem-CY-Core-v15.csv": 4 * 7,
    "conflict_country_year.csv": 2 * 3,
    "gdelt_country_month_2025.csv": 2 * 10,
    "20250301001500.export.CSV": 24,
    "coups_iso3_month.csv": 6 + 1,
    "powell_thyne_coups_final.txt": 10,
    "ucdp_ged_country_month_2024.csv": 3 * 8,
    "ucdp_total_deaths_country_month_2025.csv": 3 * 12,
    "organizedviolencecy_v24_1.csv": 5 * 4,
    "ucdp_adm1_month_2024.csv": 24,
    "GEDEvent_v24_0_3.csv": 25,
    "wfp_food_prices_mli.csv": 5 * 6,
    "worldbank_population.csv": 2 * 5,
    "2025-01-01-2025-03-31-Mali-Niger.csv": 24,
    "acled_deleted_2025.csv": 12,
    "20250301.export.CSV": 24,
    "WLD_RTFP_country_2025-08-11.csv": 2 * 18,
    "CMO-Historical-Data-Monthly.xlsx": 15 * 6,
}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)

SAMPLE = {path.name: (path.parent.name, path.read_bytes()) for path in FILES}
GED, WFP, COUPS, GDELT, DAILY, ACLED = (
    "GEDEvent_v24_0_3.csv",
    "wfp_food_prices_mli.csv",
    "powell_thyne_coups_final.txt",
    "20250301001500.export.CSV",
    "20250301.export.CSV",
    "2025-01-01-2025-03-31-Mali-Niger.csv",
)
HEADLESS = (GDELT, DAILY)
BAD_CELLS = [
    (
        GED,
        ",Mali,432,",
        ",Atlantis,9999,",
        "unknown country",
        "row 2: Atlantis; add it to data/reference/country_names",
    ),
    (GED, ",12.900000,", ",95.0,", "impossible coordinate", "row 2: 95.0, -7.6"),
    (GED, ",12.900000,", ",,", "missing value: latitude", "row 2: "),
    (GED, ",2024-03-01 00:00:00.000,2024", ",2999-03-01,2024", "date in the future", "row 2: 2999-03-01"),
    (GED, ",2024-03-01 00:00:00.000,2024", ",1850-03-01,2024", "date before 1900", "row 2: 1850-03-01"),
    (GED, ",2024-03-01 00:00:00.000,2024", ",spring,2024", "unreadable date: date_start", "row 2: spring"),
    (GED, ",0,0,0,2,0,432", ",0,0,-4,2,0,432", "below 0: best", "row 2: -4"),
    (GED, ",0,0,0,2,0,432", ",0,0,,2,0,432", "missing value: best", "row 2: "),
    (GED, "900000,INV", "900024,INV", "duplicate id", "row 2: 900024"),
    (GED, "true,Clear,1,", "true,Clear,4,", "unknown type_of_violence", "row 2: 4"),
    (GED, "\n900000,", "\n,", "missing value: id", "row 2: "),
    (GED, '1,"""Invented Daily,2024-03-01', '1,"""Invented Daily', "", ""),
    (WFP, ",710.0,", ",0,", "price of zero or less", "row 3: 0"),
    (WFP, ",710.0,", ",n/a,", "missing value: price", "row 3: n/a"),
    (WFP, "2025-01-15,", "2999-01-15,", "date in the future", "row 3: 2999-01-15"),
    (WFP, "2025-01-15,", "2025-02-15,", "duplicate row", "row 3: MLI 2025-02-01 Invented market Fuel"),
    (WFP, ",Invented market,", ",,", "missing value: market", "row 3: "),
    (WFP, ",12.65,-8.0,", ",12.65,-208.0,", "impossible coordinate", "row 3: 12.65, -208.0"),
    (COUPS, "Mali\t432", "Atlantis\t432", "unknown country", "row 2: Atlantis"),
    (COUPS, "2001\t2\t3", "2001\t2\t30", "unreadable date: year, month, day", "row 2: 2001-2-30"),
    (COUPS, "2001\t2\t3\t1", "2001\t2\t3\t7", "unknown value of coup", "row 2: 7"),
    (GDELT, "\tML\t\t\t12.65", "\t\t\t\t12.65", "no country", "row 1: 800000000"),
    (
        GDELT,
        "\tML\t\t\t12.65",
        "\tQQ\t\t\t12.65",
        "unknown country",
        "row 1: QQ; add it to data/reference/fips_countries",
    ),
    (DAILY, "\tML\t\t12.65", "\tOS\t\t12.65", "no country", "row 1: 800000000"),
    (ACLED, "2025-01-01,2025", "01 January 2025,2025", "", ""),
    (ACLED, "2025-01-01,2025", "2025-13-01,2025", "unreadable date: event_date", "row 2: 2025-13-01"),
    (ACLED, ",Mali,Invented", ",Atlantis,Invented", "unknown country", "row 2: Atlantis"),
    ("acled_deleted_2025.csv", ",1742000000,", ",,", "unreadable date: deleted_timestamp", "row 2: "),
    ("WLD_RTFP_country_2025-08-11.csv", "0.99,1.01,,", "0.99,,,", "missing value: Close", "row 2: "),
    (GDELT, "20240301\t", "20240231\t", "unreadable date: SQLDATE", "row 1: 20240231"),
    (GDELT, "\t3.4\t", "\t34\t", "goldstein: in_range(-10, 10)", "row 1: 34.0"),
    ("ucdp_adm1_month_2024.csv", ",0,0,1,0,MLI", ",0,0,-1,0,MLI", "below 0: n_os", "row 2: -1"),
    ("ucdp_adm1_month_2024.csv", "Bamako region,Mali", ",Mali", "missing value: adm_1", "row 2: "),
    ("ucdp_ged_country_month_2024.csv", "MLI,2024-01", "QQQ,2024-01", "unknown country", "row 2: QQQ"),
    (
        "ucdp_ged_country_month_2024.csv",
        "MLI,2024-01",
        "MLI,2024-02",
        "duplicate row",
        "row 2: MLI 2024-02-01",
    ),
    ("ucdp_total_deaths_country_month_2025.csv", ",9,MLI", ",-9,MLI", "below 0: deaths", "row 2: -9"),
    ("organizedviolencecy_v24_1.csv", "432,Mali,2020", "432,Mali,2999", "date in the future", "row 2: 2999"),
    ("worldbank_population.csv", ",21002019", ",-1", "value of zero or less", "row 2: -1"),
    ("worldbank_population.csv", ",2019,21002019", ",1850,21002019", "date before 1900", "row 2: 1850"),
    ("V-Dem-CY-Core-v15.csv", ",0.300,", ",1.300,", "index outside 0 to 1", "row 2: 1.3"),
    ("V-Dem-CY-Core-v15.csv", ",0.300,", ",,", "missing value: v2x_polyarchy", "row 2: "),
    (
        "gdelt_country_month_2025.csv",
        "MLI,2025-01,100",
        "MLI,2025-01,",
        "missing value: gdelt_conflict_event_count",
        "row 2: ",
    ),
    ("coups_iso3_month.csv", "MLI,2001-02,0,1", "MLI,2001-02,0,0", "month without a coup", "row 3: 2001-02"),
]


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.name)
def test_every_source_says_whose_it_is_and_how_it_comes(source):
    assert source.table in row_tables()
    assert source.lag_days >= 0
    assert all([source.title, source.publisher, source.url, source.licence, source.citation, source.format_seen])
    assert source.columns or source.filename


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.name)
def test_a_sample_is_recognised_and_read_in_full(path):
    source = identify(path.name, path.read_bytes())
    assert source is not None
    assert source.name == path.parent.name
    parsed = source.parse(path.read_bytes(), path.name)
    assert parsed.table == source.table
    assert len(parsed.rows) == ROWS_KEPT[path.name]
    assert set(parsed.rows["source"]) == {source.name}
    assert list(parsed.rows.columns) == list(row_tables()[parsed.table].contract.columns)
    assert parsed.vintage


@each_file
def test_the_same_bytes_in_gzip_or_zip_give_the_same_rows(path):
    raw, parse = path.read_bytes(), sources()[path.parent.name].parse
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as draft:
        draft.writestr(path.name, raw)
        draft.writestr("Metadata_Country_API.csv", "Country Code,Region\nMLI,Africa\n")
    plain = parse(raw, path.name).rows
    assert plain.equals(parse(gzip.compress(raw), f"{path.name}.gz").rows)
    assert plain.equals(parse(archive.getvalue(), f"{path.name}.zip").rows)
    assert identify(f"{path.name}.zip", archive.getvalue()) is sources()[path.parent.name]


@each_file
def test_no_row_is_knowable_before_its_period_began(path):
    rows = sources()[path.parent.name].parse(path.read_bytes(), path.name).rows
    period = rows["year"].map("{}-12-01".format) if "year" in rows else rows["month" if "month" in rows else "date"]
    assert (rows["available_at"] >= period.astype("datetime64[us]")).all()


@each_file
@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gzip", "plain"])
def test_an_empty_file_is_refused(path, pack):
    with pytest.raises(
        SourceError, match=r"is empty; download it again|is missing; found no header|expected (?:61|58)"
    ):
        sources()[path.parent.name].parse(pack(b""), path.name)


@each_file
def test_a_truncated_archive_is_refused(path):
    parse, packed = sources()[path.parent.name].parse, gzip.compress(path.read_bytes())
    with pytest.raises(SourceError, match=r"truncated or damaged .* download it again"):
        parse(packed[: len(packed) // 2], path.name)
    with pytest.raises(SourceError, match=r"truncated or damaged .* download it again"):
        parse(b"PK\x03\x04" + bytes(60), path.name)


@each_file
def test_a_file_without_one_usable_row_is_refused_with_the_reasons(path):
    delimiter = "\t" if path.name in (COUPS, *HEADLESS) else ","
    lines = path.read_text("utf-8").splitlines()
    top = 0 if path.name in HEADLESS else 5 if path.name.startswith("API_") else 1
    code = "NY.GDP.MKTP.CD"
    nonsense = [delimiter.join(c if code in c else "?" for c in line.split(delimiter)) for line in lines[top:]]
    with pytest.raises(SourceError, match=r"none of its \d+ rows can be used: \d+ x .* \(row \d+: "):
        sources()[path.parent.name].parse("\n".join([*lines[:top], *nonsense]).encode(), path.name)


@pytest.mark.parametrize("path", [p for p in FILES if p.name not in HEADLESS], ids=lambda path: path.name)
def test_a_header_alone_is_refused(path):
    lines = path.read_text("utf-8").splitlines()
    header = "\n".join(lines[: 5 if path.name.startswith("API_") else 1]) + "\n"
    with pytest.raises(SourceError, match="holds a header and no row; download it again"):
        sources()[path.parent.name].parse(header.encode(), path.name)


@pytest.mark.parametrize("path", [p for p in FILES if p.name not in HEADLESS], ids=lambda path: path.name)
def test_a_missing_column_is_named_beside_those_found(path):
    parse = sources()[path.parent.name].parse
    with pytest.raises(SourceError, match=r"column '\w[\w ]*' is missing; found one, two, three|no column of a year"):
        parse(b"one,two,three\n1,2,3\n", path.name)


@pytest.mark.parametrize(("name", "cell", "bad", "reason", "example"), BAD_CELLS)
def test_a_bad_cell_costs_its_row_and_is_counted_with_an_example(name, cell, bad, reason, example):
    folder, raw = SAMPLE[name]
    assert cell.encode() in raw
    parsed = sources()[folder].parse(raw.replace(cell.encode(), bad.encode(), 1), name)
    clean = sources()[folder].parse(raw, name)
    if not reason:
        assert len(parsed.rows) == len(clean.rows)
        return
    assert parsed.dropped[reason] == clean.dropped.get(reason, 0) + 1
    assert len(parsed.rows) == len(clean.rows) - 1
    assert parsed.examples[reason].startswith(example)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(SAMPLE)),
    edits=st.lists(
        st.tuples(
            st.integers(0, 400),
            st.integers(0, 60),
            st.one_of(
                st.sampled_from(
                    ["", "nan", "-1", "1e400", "inf", "2999-01-01", "0000-00-00", "2024-03-01T00:00:00+02:00"]
                ),
                st.text(st.characters(exclude_characters='\r\n"', codec="utf-8"), max_size=12),
                st.floats().map(str),
            ),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_whatever_a_cell_holds_the_rows_keep_their_contract_and_the_tally_adds_up(name, edits):
    folder, raw = SAMPLE[name]
    delimiter = "\t" if name in (COUPS, *HEADLESS) else ","
    lines = [line.split(delimiter) for line in raw.decode("utf-8-sig").splitlines()]
    header = 0 if name in HEADLESS else 5 if name.startswith("API_") else 1
    for row, column, value in edits:
        line = lines[header + row % (len(lines) - header)]
        line[column % len(line)] = value
    try:
        parsed = sources()[folder].parse("\n".join(delimiter.join(line) for line in lines).encode(), name)
    except SourceError:
        return
    row_tables()[parsed.table].contract.validate(parsed.rows, lazy=True)
    # A coup's country-month may stand for several rows of the list, and a version's number for what was added to it.
    shared = folder in ("powell_thyne", "ucdp_country_month_vintages")
    kept = parsed.rows.index.nunique() if shared else len(parsed.rows)
    assert parsed.read == kept + sum(parsed.dropped.values())
