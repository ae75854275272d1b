"""Fetch every open source and compile the panel where something is new."""

import json
from collections.abc import Callable

from data.compile import build
from data.ingest import snapshots
from data.ingest.fetch import fetch_sources
from data.ingest.file_result import FileResult
from data.settings import settings


def fetch_and_compile(progress: Callable[[str, int, int], None]) -> list[FileResult]:
    """Fetch every open source and compile the panel where something is new; return what became of each file."""
    with snapshots.write_lock(settings().home):
        results = fetch_sources((), progress=progress)
        if needs_compiling(results, fetched=True):
            build.build_own()
    return results


def needs_compiling(known: list[FileResult], *, fetched: bool) -> bool:
    """Return whether a panel is to be compiled: after a fetch, only where the current one has other inputs."""
    manifest = settings().panel / "manifest.json"
    if fetched and not build.has_inputs(settings().home):
        return False
    if not fetched or not manifest.exists():
        return any(r.kept for r in known if r.outcome in {"new", "unchanged", "cached"})
    return json.loads(manifest.read_text()).get("inputs") != build.inputs(settings().home)
