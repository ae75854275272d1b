"""Every forecast that was ever published, kept for good: one file an issue, with the rows of its newest origin.

<home>/issued/<issue>.parquet                 as it was published
<home>/issued/backfilled/<issue>.parquet      made afterwards as it would have been; nobody could act on it
"""

import json
from pathlib import Path

import pandas as pd

from data.files.atomic import atomic_write
from training.publication.publication import CURRENT, current_folder

BACKFILLED = "backfilled"


def add_current(home: Path, published: Path) -> Path | None:
    """Put the current issue's newest forecasts into the store; what is there stays as it is. None where nothing is published."""
    if not (published / CURRENT).exists():
        return None
    folder = current_folder(published)
    backfilled = json.loads((folder / "publication.json").read_text()).get(BACKFILLED, False)
    path = home / "issued" / (BACKFILLED if backfilled else "") / f"{folder.name}.parquet"
    if not path.exists():
        rows = pd.read_parquet(folder / "forecasts.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        newest = rows[rows["origin"] == rows["origin"].max()]
        atomic_write(path, lambda draft: newest.to_parquet(draft, index=False, compression="zstd"))
    return path


def read(home: Path) -> pd.DataFrame:
    """Return all of them, with the name of their issue as column `issue` and `backfilled`; empty where nothing was published."""
    found = [
        pd.read_parquet(path).assign(issue=path.stem, backfilled=path.parent.name == BACKFILLED)
        for path in sorted((home / "issued").rglob("*.parquet"))
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
