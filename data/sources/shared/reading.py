"""Readers of publishers' files: text, gzip, zip, parquet and paged JSON to frames of the wanted columns."""

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.sources.shared.source import SourceError

_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
_DELIMITERS = "\t;,"
_HEADER_BYTES = 1 << 20
"""V-Dem's header of 4,600 columns takes 90 KB."""
_PIECE = 1 << 22


def read_header(raw: bytes, filename: str) -> frozenset[str]:
    """Return a file's column names, none where it holds no table; raise SourceError where it is damaged."""
    if _is_parquet(raw):
        return frozenset(_parquet(raw, filename).schema_arrow.names)
    if _looks_like_text(filename, raw):
        text = _unwrap(raw, filename, limit=_HEADER_BYTES).decode("utf-8-sig", errors="replace")
        delimiter, _, cells = _header(text)
        return frozenset(cells) if delimiter else frozenset()
    return frozenset()


def read_table(raw: bytes, filename: str, *, required: Iterable[str], optional: Iterable[str] = ()) -> pd.DataFrame:
    """Return the named columns of a file.

    Args:
        raw: Content of the file: delimited text, gzip or zip of it, or parquet.
        filename: Name of the file, for messages.
        required: Columns without which it is refused.
        optional: Further columns, returned where they exist.

    Returns:
        A frame indexed by the row's number in the file, the header being row 1. Cells of text files are text, an absent
        cell is the empty string.

    Raises:
        SourceError: The file is empty, damaged, not UTF-8, or lacks a required column.
    """
    if not raw:
        raise SourceError(f"{filename}: the file is empty; download it again")
    needed, wanted = list(required), [*required, *optional]
    if _is_parquet(raw):
        file = _parquet(raw, filename)
        names = file.schema_arrow.names
        _require(filename, needed, names)
        frame = file.read(columns=[n for n in names if n in wanted]).to_pandas()
        return frame.set_axis(range(1, len(frame) + 1))
    content = _unwrap(raw, filename)
    _require_utf8(content, filename)
    delimiter, line, names = _header(content[:_HEADER_BYTES].decode("utf-8-sig", errors="replace"))
    _require(filename, needed, names)
    columns = [n for n in names if n in wanted]
    frame = _csv(content, filename, sep=delimiter, skiprows=line, usecols=columns)
    return frame.set_axis(range(line + 2, line + 2 + len(frame)))


def read_headless(raw: bytes, filename: str, names: Sequence[str | int], wanted: Sequence[str]) -> pd.DataFrame:
    """Return columns of a tab-separated file that has no header.

    Args:
        raw: Content of the file.
        filename: Name of the file, for messages.
        names: Names of all its columns, in order.
        wanted: Names of the columns to return.

    Returns:
        A frame of text indexed by the line's number, from 1.

    Raises:
        SourceError: The file is empty, damaged, not UTF-8, or has another number of columns.
    """
    if not raw:
        raise SourceError(f"{filename}: the file is empty; download it again")
    content = _unwrap(raw, filename)
    _require_utf8(content, filename)
    found = content.partition(b"\n")[0].count(b"\t") + 1
    if found != len(names):
        raise SourceError(f"{filename}: row 1 has {found} columns, expected {len(names)}; is this another release?")
    # GDELT's texts hold quotation marks that open and never close.
    frame = _csv(content, filename, sep="\t", header=None, names=names, usecols=list(wanted), quoting=3)
    return frame.set_axis(range(1, len(frame) + 1))


def _is_parquet(raw: bytes) -> bool:
    return raw[:4] == b"PAR1"


def _looks_like_text(filename: str, raw: bytes) -> bool:
    return raw[:2] in (b"\x1f\x8b", b"PK") or filename.lower().endswith(_TEXT_SUFFIXES)


def _parquet(raw: bytes, filename: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(io.BytesIO(raw))
    except pa.ArrowException as error:
        raise SourceError(f"{filename}: parquet file is torn ({error}); download it again") from error


def _unwrap(raw: bytes, filename: str, limit: int = -1) -> bytes:
    """Return the text inside gzip or zip, its first `limit` bytes at most."""
    try:
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                return packed.read(limit)
        if raw[:4] == b"PK\x03\x04":
            return _unzip(raw, filename, limit)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise SourceError(f"{filename}: the archive is truncated or damaged ({error}); download it again") from error
    return raw if limit < 0 else raw[:limit]


def _unzip(raw: bytes, filename: str, limit: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = [m for m in archive.namelist() if m.lower().endswith(_TEXT_SUFFIXES) and not m.startswith("__MACOSX")]
        # The World Bank's archives hold two Metadata_*.csv beside the table.
        tables = [m for m in members if not m.rpartition("/")[2].startswith("Metadata_")]
        if len(tables) > 1:
            raise SourceError(
                f"{filename}: holds {len(tables)} tables ({', '.join(tables[:3])}), expected 1; unpack it"
            )
        if not tables:
            return b""
        with archive.open(tables[0]) as member:
            return member.read(limit)


def _header(text: str) -> tuple[str, int, list[str]]:
    """Return delimiter, line (from 0) and names of the header, the first line with three cells or more.

    World Bank files have lines of preamble with two cells above their header.
    """
    for line, content in enumerate(text.splitlines()[:10]):
        delimiter = max(_DELIMITERS, key=content.count)
        cells = [cell.strip().strip('"') for cell in content.split(delimiter)]
        if sum(map(bool, cells)) >= 3:
            return delimiter, line, cells
    return "", 0, []


def _require(filename: str, needed: list[str], names: Sequence[str]) -> None:
    missing = [n for n in needed if n not in names]
    if missing:
        found = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        found = found or "no header"
        raise SourceError(f"{filename}: column {missing[0]!r} is missing; found {found}; is this another release?")


def _require_utf8(content: bytes, filename: str) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    # In pieces: one foreign letter makes Python hold the whole text at four bytes a letter.
    for start in range(0, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        try:
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            position = start + error.start - (len(error.object) - len(piece))
            row = content.count(b"\n", 0, position) + 1
            raise SourceError(
                f"{filename}: row {row} is not UTF-8 (byte 0x{content[position]:02x}); "
                f"convert it with `iconv -f LATIN1 -t UTF-8` and name the new file"
            ) from error


def _csv(content: bytes, filename: str, **options: object) -> pd.DataFrame:
    try:
        # Without index_col=False pandas shifts every column where rows end with a delimiter.
        frame = pd.read_csv(
            io.BytesIO(content),
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            index_col=False,
            **options,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SourceError(f"{filename}: the table is broken ({error}); download it again") from error
    # A row cut short has no cells at its end.
    return frame.fillna("")
