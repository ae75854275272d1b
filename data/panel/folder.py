"""A compiled panel as a folder: written atomically, found and checked."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.calendar import now
from data.contracts.panel_tables import COMPILED, LIVE, Tables
from data.files.atomic import atomic_write_folder, retired
from data.settings import REPOSITORY, settings

MANIFEST = "manifest.json"


OWN_LICENCE = {"regime": "CC BY-SA 4.0"}
"""Tables whose licence asks that they stay in a file of their own."""


def write_panel(
    folder: Path,
    compiled: Tables,
    sources: list[dict[str, str]],
    held: Sequence[dict[str, str]] = (),
    inputs: str = "",
) -> dict[str, object]:
    """Write the compiled tables and their manifest to `folder`, which is replaced as a whole or not at all.

    `held` names the vintages that a check keeps out; forecasts made from the panel say so. `inputs` names what it was
    compiled from.
    """

    def fill(draft: Path) -> dict[str, object]:
        manifest = _write(draft, compiled) | {"sources": sources, "held": list(held), "inputs": inputs}
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
                "licence": OWN_LICENCE.get(name, "see sources"),
                "sha256": _sha256(draft / f"{name}.parquet"),
            }
            for name, table in sorted(compiled.items())
        },
    }


def vintage(folder: Path, compiled: Tables) -> str:
    """Name the panel by its newest conflict month and the digest of its content, such as `2026-05.1f3a9c2e`."""
    digest = hashlib.sha256("".join(_sha256(folder / f"{name}.parquet") for name in sorted(compiled)).encode())
    newest = max(t["month"].max() for n, t in compiled.items() if n in LIVE)
    return f"{newest:%Y-%m}.{digest.hexdigest()[:8]}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


STARTER = REPOSITORY / "data" / "starter"


def panel_folder() -> Path:
    """Return the folder in use: the user's own compiled panel, else the starter panel.

    Between the moment a new panel's predecessor is taken away and the new one is there, and after a run that was killed
    then, the predecessor is read where it was put.
    """
    own = settings().panel
    found = (folder for folder in (own, retired(own)) if (folder / "manifest.json").exists())
    return next(found, STARTER)


def _manifest(path: Path) -> dict[str, object]:
    try:
        manifest = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}); run `chokepoint ingest` or restore data/starter") from error
    if not isinstance(manifest, dict) or "vintage" not in manifest:
        raise ValueError(f"{path} names no vintage; run `chokepoint ingest` or restore data/starter")
    return manifest


def _require_columns(tables: dict[str, pd.DataFrame], source: Path) -> None:
    for name, table in tables.items():
        missing = set(COMPILED[name].columns) - set(table.columns) if name in COMPILED else set()
        if missing:
            raise ValueError(
                f"{source / name}.parquet lacks {', '.join(sorted(missing))}: another version compiled it; "
                "run `chokepoint ingest --from DIR` again"
            )
