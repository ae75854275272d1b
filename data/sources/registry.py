"""The registry of sources: every module of the package that has SOURCE."""

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import data.sources
from data.settings import REPOSITORY, Settings, settings
from data.sources.shared.reading import read_header
from data.sources.shared.source import Source

REFERENCE = REPOSITORY / "data" / "reference"
CONTRACTS = REPOSITORY / "data" / "tables", REPOSITORY / "data" / "contracts"
"""Folders of the contracts of parsed rows."""


@cache
def sources() -> dict[str, Source]:
    """Return the sources by name."""
    modules = [importlib.import_module(f"data.sources.{m.name}") for m in pkgutil.iter_modules(data.sources.__path__)]
    found: list[Source] = [m.SOURCE for m in modules if hasattr(m, "SOURCE")]
    return {source.name: source for source in found}


@cache
def parser_digest() -> str:
    """Return a digest of the code and tables that parsing depends on: when it changes, files are parsed anew."""
    code = sorted(path for folder in (Path(__file__).parent, *CONTRACTS) for path in folder.rglob("*.py"))
    tables = [REFERENCE / f"{name}.csv" for name in ("country_names", "fips_countries", "coup_corrections")]
    content = [path.read_bytes() for path in [*code, *tables]]
    return hashlib.sha256(b"".join(content)).hexdigest()[:12]


def identify(filename: str, raw: bytes) -> Source | None:
    """Return the source that reads a file, by its name or header; None where none does."""
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


def live_sources(names: Iterable[str]) -> list[Source]:
    """Return the sources with a live address.

    Args:
        names: Names of the wanted ones; none for all.

    Raises:
        LookupError: A name is unknown, or its source has no address or lacks its credentials.
    """
    wanted = list(names)
    live = [source for source in sources().values() if source.plan]
    for name in wanted:
        if name not in sources():
            raise LookupError(f"unknown source {name!r}: choose from {', '.join(s.name for s in live)}")
        if sources()[name].plan is None:
            raise LookupError(f"{name} cannot be fetched: {sources()[name].address_seen}")
        if why := missing_credentials(sources()[name]):
            raise LookupError(f"{name} is off: {why}")
    return [source for source in live if not wanted or source.name in wanted]


def missing_credentials(source: Source, given: Settings | None = None) -> str:
    """Return the remedy where settings that a source needs are unset; empty where it can be used."""
    given = given or settings()
    unset = tuple(name for name in source.credentials if not getattr(given, name))
    return f"set {variable_names(unset)}" if unset else ""


def variable_names(fields: tuple[str, ...]) -> str:
    """Return settings by their environment variables, joined by "and"."""
    return " and ".join(f"CHOKEPOINT_{field.upper()}" for field in fields)
