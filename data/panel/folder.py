"""A compiled panel as a folder: atomic write, lookup and validation."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from data.calendar import now
from data.files.atomic import atomic_write_folder, retired
from data.settings import REPOSITORY, settings
from data.tables.registry import panel_tables
from data.tables.shared.table import Tables

MANIFEST = "manifest.json"


def write_panel(
    folder: Path,
    compiled: Tables,
    sources: list[dict[str, str]],
    quarantined: Sequence[dict[str, str]] = (),
    inputs: str = "",
) -> dict[str, object]:
    """Write compiled tables and their manifest to a folder atomically.

    Args:
        folder: Where the panel appears; its README.md is kept.
        compiled: Compiled tables by name.
        sources: Attributions, for the manifest.
        quarantined: Vintages that a check keeps out of the panel, which flags on its forecasts name.
        inputs: Digest of the snapshots and code it was compiled from.

    Returns:
        The manifest.
    """

    def fill(draft: Path) -> dict[str, object]:
        manifest = _write(draft, compiled) | {"sources": sources, "held": list(quarantined), "inputs": inputs}
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        if (folder / "README.md").exists():
            shutil.copy(folder / "README.md", draft)
        return manifest

    return atomic_write_folder(folder, fill)


def _write(draft: Path, compiled: Tables) -> dict[str, object]:
    for name, table in compiled.items():
        table.to_parquet(draft / f"{name}.parquet", index=False, compression="zstd")
    return {
        "built_at": now().isoformat(timespec="seconds"),
        "vintage": vintage(draft, compiled),
        "tables": {
            name: {
                "rows": len(table),
                "licence": _licence(name),
                "sha256": _sha256(draft / f"{name}.parquet"),
            }
            for name, table in sorted(compiled.items())
        },
    }


def _licence(name: str) -> str:
    table = panel_tables().get(name)
    return table.licence if table else "see sources"


def vintage(folder: Path, compiled: Tables) -> str:
    """Return the name of a panel: its newest month and the digest of its content, such as `2026-05.1f3a9c2e`."""
    digest = hashlib.sha256("".join(_sha256(folder / f"{name}.parquet") for name in sorted(compiled)).encode())
    naming = [table.name for table in panel_tables().values() if table.names_vintage and table.name in compiled]
    newest = max(compiled[name]["month"].max() for name in naming)
    return f"{newest:%Y-%m}.{digest.hexdigest()[:8]}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


STARTER = REPOSITORY / "data" / "starter"


def panel_folder() -> Path:
    """Return the folder in use: the user's own compiled panel, else the starter panel.

    While a new panel takes its predecessor's place, and after a run killed at that moment, the predecessor is read from
    where it was retired to.
    """
    own = settings().panel
    present = (folder for folder in (own, retired(own)) if (folder / "manifest.json").exists())
    return next(present, STARTER)


def read_manifest(path: Path) -> dict[str, object]:
    """Return a panel's manifest; raise ValueError with the remedy where it is damaged or names no vintage."""
    try:
        manifest = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}); run `chokepoint ingest` or restore data/starter") from error
    if not isinstance(manifest, dict) or "vintage" not in manifest:
        raise ValueError(f"{path} names no vintage; run `chokepoint ingest` or restore data/starter")
    return manifest


def require_columns(tables: Tables, source: Path) -> None:
    """Raise ValueError with the remedy where a table in a folder lacks columns of its contract."""
    for name, table in panel_tables().items():
        if not table.contract or name not in tables:
            continue
        if missing := set(table.contract.columns) - set(tables[name].columns):
            raise ValueError(
                f"{source / name}.parquet lacks {', '.join(sorted(missing))}: another version compiled it; "
                "run `chokepoint ingest --from DIR` again"
            )
