"""Every forecast that was ever published, kept for good: one file an issue, with the rows of its newest origin."""

from pathlib import Path

import pandas as pd

from serving.publication import CURRENT, current_folder


def keep(home: Path, published: Path) -> Path | None:
    """Put the current issue's newest forecasts into the store; what is there stays as it is. None where nothing is published."""
    if not (published / CURRENT).exists():
        return None
    folder = current_folder(published)
    path = home / "issued" / f"{folder.name}.parquet"
    if not path.exists():
        rows = pd.read_parquet(folder / "forecasts.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        rows[rows["origin"] == rows["origin"].max()].to_parquet(draft, index=False, compression="zstd")
        draft.replace(path)
    return path


def read(home: Path) -> pd.DataFrame:
    """Return all of them, with the name of their issue as column `issue`; empty where nothing was published."""
    found = [pd.read_parquet(p).assign(issue=p.stem) for p in sorted((home / "issued").glob("*.parquet"))]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
