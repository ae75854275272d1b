"""The archive of published forecasts: one file a publication, with the rows of its newest origin, never deleted.

<home>/issued/<publication id>.parquet                 as published
<home>/issued/backfilled/<publication id>.parquet      backfilled: published afterwards, so that nobody could act on it
"""

from pathlib import Path

import pandas as pd

from data.files.atomic import atomic_write
from training.publication.publication import CURRENT, current_folder, read_info

BACKFILLED = "backfilled"


def add_current(home: Path, published: Path) -> Path | None:
    """Archive the newest forecasts of the current publication and return their file, None where nothing is published.

    Idempotent: an archived file is never rewritten.
    """
    if not (published / CURRENT).exists():
        return None
    folder = current_folder(published)
    path = home / "issued" / (BACKFILLED if read_info(folder).backfilled else "") / f"{folder.name}.parquet"
    if not path.exists():
        rows = pd.read_parquet(folder / "forecasts.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        newest = rows[rows["origin"] == rows["origin"].max()]
        atomic_write(path, lambda draft: newest.to_parquet(draft, index=False, compression="zstd"))
    return path


def read(home: Path) -> pd.DataFrame:
    """Return all archived forecasts with the columns `publication_id` and `backfilled`; empty where there are none."""
    tables = [
        pd.read_parquet(path).assign(publication_id=path.stem, backfilled=path.parent.name == BACKFILLED)
        for path in sorted((home / "issued").rglob("*.parquet"))
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
