"""Bytes to a frame: delimiters, encodings, preambles and torn files."""

import io

import pandas as pd
import pytest

from data.sources.shared.reading import read_header, read_table
from data.sources.shared.source import SourceError


def read(text: str | bytes, *required: str) -> pd.DataFrame:
    return read_table(text if isinstance(text, bytes) else text.encode(), "f.csv", required=required)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_from_the_header(delimiter):
    frame = read(f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n", "a", "c")
    assert frame.to_dict("records") == [{"a": "1", "c": "3"}]


def test_the_index_is_the_row_number_in_the_file_below_a_preamble():
    frame = read('"Data Source","WDI",\n\n"Updated","2025",\n\n"a","b","c",\n"1","2","3",\n', "a", "b", "c")
    assert frame.index.tolist() == [6]
    assert frame.loc[6].tolist() == ["1", "2", "3"]


def test_a_byte_order_mark_is_not_part_of_the_first_name():
    assert read("\ufeffa,b,c\n1,2,3\n", "a").columns.tolist() == ["a"]
    assert read_header("\ufeffa,b,c\n".encode(), "f.csv") == {"a", "b", "c"}


def test_text_stays_text_so_that_namibia_and_leading_zeros_survive():
    assert read("a,b,c\nNA,04,\n", "a", "b", "c").iloc[0].tolist() == ["NA", "04", ""]


def test_a_row_cut_short_has_empty_cells_at_its_end():
    assert read("a,b,c\n1\n", "a", "b", "c").iloc[0].tolist() == ["1", "", ""]


def test_rows_that_end_with_a_delimiter_are_not_shifted():
    assert read("a,b,c\n1,2,3,\n4,5,6,\n", "a", "c")["a"].tolist() == ["1", "4"]


def test_latin_1_is_refused_with_row_byte_and_remedy():
    with pytest.raises(SourceError, match=r"row 3 is not UTF-8 \(byte 0xf4\); convert it with `iconv -f LATIN1"):
        read("a,b,c\nx,1,2\nCôte,1,2\n".encode("latin-1"), "a")


def test_a_quotation_that_never_closes_is_refused():
    with pytest.raises(SourceError, match=r"the table is broken .* download it again"):
        read('a,b,c\n1,2,"3\n4,5,6\n', "a", "c")


def test_a_missing_column_is_named_with_the_first_twelve_found():
    header = ",".join(f"c{i}" for i in range(15))
    with pytest.raises(SourceError, match=r"f.csv: column 'a' is missing; found c0, c1, .*, c11 and 3 more;"):
        read(f"{header}\n", "a")


def test_a_torn_parquet_file_is_refused():
    buffer = io.BytesIO()
    pd.DataFrame({"a": [1]}).to_parquet(buffer)
    with pytest.raises(SourceError, match=r"f.parquet: parquet file is torn .* download it again"):
        read_table(buffer.getvalue()[:-8], "f.parquet", required=["a"])


def test_parquet_rows_are_numbered_from_one():
    buffer = io.BytesIO()
    pd.DataFrame({"a": [7, 8], "b": ["x", "y"]}).to_parquet(buffer)
    frame = read_table(buffer.getvalue(), "f.parquet", required=["a"])
    assert frame.to_dict() == {"a": {1: 7, 2: 8}}


def test_a_zip_of_two_tables_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("one.csv", "a,b,c\n")
        archive.writestr("two.csv", "a,b,c\n")
    with pytest.raises(SourceError, match=r"holds 2 tables \(one.csv, two.csv\), expected 1; unpack it"):
        read_table((tmp_path / "f.zip").read_bytes(), "f.zip", required=["a"])


def test_prose_and_pictures_have_no_header():
    assert read_header(b"# Title\nwords, words, words\n", "README.md") == frozenset()
    assert read_header(b"\x89PNG\r\n\x1a\n", "map.png") == frozenset()
