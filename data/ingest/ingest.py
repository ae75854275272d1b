"""Ingestion of a folder of publishers' files, and acceptance of quarantined snapshots."""

from collections.abc import Callable
from pathlib import Path

from data.ingest import snapshots
from data.ingest.file_result import FileResult
from data.ingest.ingest_file import FileProvenance, ingest_file
from data.ingest.manifest import ManifestEntry, latest_states, read_manifest
from data.settings import settings
from data.sources.registry import identify, sources
from data.sources.shared.source import SourceError

_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".parquet", ".zip", ".gz")


def ingest_folder(
    folder: Path,
    *,
    accept: frozenset[str] = frozenset(),
    progress: Callable[[str], None] | None = None,
    home: Path | None = None,
) -> list[FileResult]:
    """Ingest every file below a folder that a source reads; a bad file is reported and stops no other.

    Args:
        folder: Folder of publishers' files; hidden files and folders are passed over.
        accept: Snapshots to use in spite of failed checks, by the first twelve digits of their sha256.
        progress: Called with a line per recognised file.
        home: Home folder; default the one of the settings.

    Returns:
        One result per file, in the order of their paths.

    Raises:
        NotADirectoryError: `folder` is none.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder; give the folder that holds the publishers' files")
    home = home or settings().home
    results = []
    with snapshots.write_lock(home):
        manifest = read_manifest(home)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = path.relative_to(folder)
            if any(part.startswith(".") for part in name.parts):
                continue
            result = _ingest_path(home, manifest, path, str(name), accept)
            results.append(result)
            if progress and result.outcome != "unrecognised":
                progress(f"{result.file}: {result.outcome}, {result.kept} of {result.read} rows")
    return results


def accept_quarantined(accept: frozenset[str], home: Path | None = None) -> list[FileResult]:
    """Use quarantined snapshots in spite of their failed checks.

    Args:
        accept: The snapshots, by the first twelve digits of their sha256.
        home: Home folder; default the one of the settings.

    Raises:
        LookupError: One is not quarantined; the message lists those that are.
    """
    home = home or settings().home
    results = []
    with snapshots.write_lock(home):
        manifest = read_manifest(home)
        quarantined = {e.sha12: e for e in latest_states(manifest).values() if e.outcome == "quarantined"}
        for sha12 in sorted(accept):
            if sha12 not in quarantined:
                names = ", ".join(sorted(quarantined)) or "none"
                raise LookupError(f"no snapshot {sha12!r} is quarantined; quarantined are {names}")
            entry = quarantined[sha12]
            source, raw = sources()[entry.source], snapshots.read_raw(home, entry)
            provenance = FileProvenance.of(entry)
            results.append(ingest_file(home, manifest, source, entry.filename, raw, accept, provenance))
    return results


def _ingest_path(
    home: Path, manifest: list[ManifestEntry], path: Path, name: str, accept: frozenset[str]
) -> FileResult:
    source = None
    try:
        raw = path.read_bytes()
        source = identify(path.name, raw)
        if source is None:
            return _unrecognised(name, raw)
        return ingest_file(home, manifest, source, name, raw, accept, FileProvenance(source.url))
    except (SourceError, OSError) as error:
        return FileResult(name, source.name if source else "", "failed", message=str(error))


def _unrecognised(name: str, raw: bytes) -> FileResult:
    if not name.lower().endswith(_TABLE_SUFFIXES):
        return FileResult(name, "", "unrecognised")
    if not raw:
        return FileResult(name, "", "failed", message=f"{name}: the file is empty; download it again")
    return FileResult(name, "", "unrecognised", message=f"{name}: no source reads this name and these columns")
