"""World Bank Pink Sheet: monthly world prices of fuel and cereals in US dollars, out on the second working day.

The workbook CMO-Historical-Data-Monthly.xlsx has a sheet `Monthly Prices`: four lines of title, the names, the units,
then months such as 2025M03; an ellipsis means no price. Its URL contains an identifier of the release, so the link is
read from the page of the commodity markets. Look by hand at
https://www.worldbank.org/en/research/commodity-markets.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import urljoin

import openpyxl
import pandas as pd

from data.sources.shared.rows import SourceRows
from data.sources.shared.source import Download, Parsed, Publisher, Source, SourceError

_PAGE = "https://www.worldbank.org/en/research/commodity-markets"
_LINK = re.compile(r"[^\"'\s>]*/CMO-Historical-Data-Monthly\.xlsx", re.IGNORECASE)
_SHEET = "Monthly Prices"
_MONTH = re.compile(r"\d{4}M\d\d")
_COMMODITIES = {
    "Crude oil, average": "fuel",
    "Crude oil, Brent": "fuel",
    "Natural gas, Europe": "fuel",
    "Liquefied natural gas, Japan": "fuel",
    "Maize": "staple",
    "Sorghum": "staple",
    "Rice, Thai 5%": "staple",
    "Wheat, US HRW": "staple",
}
_REQUIRED = ("Crude oil, average", "Maize", "Rice, Thai 5%", "Wheat, US HRW")


def parse(raw: bytes, filename: str) -> Parsed:
    """Parse one row per month and commodity that has a price."""
    rows = SourceRows(_long(raw, filename), filename)
    rows.dated(pd.to_datetime(rows["Month"], format="%YM%m", errors="coerce"), into="month", shown=rows["Month"])
    rows.number("price")
    rows.drop(rows["price"] <= 0, "price of zero or less", rows["price"])
    rows.unique(["month", "commodity"])
    return rows.parsed(SOURCE)


def plan(publisher: Publisher) -> Iterator[Download]:
    """List the workbook that the page of the commodity markets links."""
    link = _LINK.search(publisher.read(_PAGE).decode("utf-8", errors="replace"))
    if link is None:
        raise SourceError(
            f"pink_sheet: {_PAGE}: expected a link to CMO-Historical-Data-Monthly.xlsx, got none; "
            "download it by hand and use `chokepoint ingest --from DIR`"
        )
    yield Download(urljoin(_PAGE, link[0]), "CMO-Historical-Data-Monthly.xlsx")


def _long(raw: bytes, filename: str) -> pd.DataFrame:
    lines = _lines(raw, filename)
    top = next((number for number, line in enumerate(lines) if _MONTH.fullmatch(str(line[0]))), 0)
    if top < 2:
        raise SourceError(f"{filename}: no row of a month such as 2025M03 under two rows of names and units")
    names = [re.sub(r"[\s*]+$", "", str(name or "")) for name in lines[top - 2]]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        found = ", ".join(filter(None, names[:12])) or "no header"
        raise SourceError(f"{filename}: column {missing[0]!r} is missing; found {found}; is this another release?")
    parts = []
    for commodity, group in _COMMODITIES.items():
        if commodity in names:
            column = names.index(commodity)
            part = pd.DataFrame({"Month": [str(line[0]) for line in lines[top:]]}, index=range(top + 1, len(lines) + 1))
            part["price"] = [line[column] for line in lines[top:]]
            parts.append(part.assign(commodity=commodity, group=group, unit=str(lines[top - 1][column]).strip("() ")))
    long = pd.concat(parts)
    empty = long["price"].isna() | long["price"].astype("str").str.strip().isin(("", "…", "...", ".."))
    return long[~empty & (long["Month"] != "None")].astype({"price": "str"})


def _lines(raw: bytes, filename: str) -> list[tuple[object, ...]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        raise SourceError(f"{filename}: the workbook is torn or none ({error}); download it again") from error
    if _SHEET not in book.sheetnames:
        found = ", ".join(book.sheetnames[:5])
        raise SourceError(f"{filename}: sheet {_SHEET!r} is missing; found {found}; is this another release?")
    return [tuple(line) for line in book[_SHEET].iter_rows(values_only=True) if line]


SOURCE = Source(
    name="pink_sheet",
    title="World Bank Commodity Price Data (Pink Sheet)",
    publisher="World Bank, Prospects Group",
    url=_PAGE,
    licence="CC BY 4.0",
    citation="World Bank, Commodity Price Data (The Pink Sheet), monthly prices",
    table="world_prices",
    cadence_days=31,
    lag_days=5,
    redistribute=True,
    format_seen="2026-11: sheet, header row, units row and month names in public programs that read the workbook",
    parse=parse,
    filename=re.compile(r"CMO-Historical-Data-Monthly\S*\.xlsx$", re.IGNORECASE),
    addresses=(_PAGE, "https://thedocs.worldbank.org/en/doc/<release>/related/CMO-Historical-Data-Monthly.xlsx"),
    address_seen="2026-10: public programs that find the link on the page",
    plan=plan,
)
