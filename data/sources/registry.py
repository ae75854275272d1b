"""Every source of the package: a module that has SOURCE is one."""

import hashlib
import importlib
import pkgutil
from functools import cache
from pathlib import Path

import data.sources
from data.settings import REPOSITORY
from data.sources.base import Source
from data.sources.reading import read_header

REFERENCE = REPOSITORY / "data" / "reference"
CONTRACTS = REPOSITORY / "data" / "source_tables.py"


@cache
def sources() -> dict[str, Source]:
    """Return the sources by name."""
    modules = [importlib.import_module(f"data.sources.{m.name}") for m in pkgutil.iter_modules(data.sources.__path__)]
    found: list[Source] = [m.SOURCE for m in modules if hasattr(m, "SOURCE")]
    return {source.name: source for source in found}


@cache
def parser_digest() -> str:
    """Digest everything that decides what a parser gives: when it changes, files are parsed anew."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    tables = [REFERENCE / f"{name}.csv" for name in ("country_names", "fips_countries", "coup_corrections")]
    content = [path.read_bytes() for path in [*code, CONTRACTS, *tables]]
    return hashlib.sha256(b"".join(content)).hexdigest()[:12]


def identify(filename: str, raw: bytes) -> Source | None:
    """Return the source whose file this is, by name or header; None where no source reads it."""
    for source in sources().values():
        if source.filename and source.filename.search(filename):
            return source
    header = read_header(raw, filename)
    fits = [
        (len(columns), source)
        for source in sources().values()
        for columns in (source.columns, *source.other_columns)
        if columns and columns <= header
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None
