"""Results of a study in a folder: tables, and last a JSON file that describes them; each file is written atomically."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from data.files.atomic import atomic_write

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def write_results(
    folder: Path, tables: Mapping[str, pd.DataFrame], file: str, description: "DataclassInstance"
) -> None:
    """Write each table as parquet, and their description as JSON to `file`."""
    for name, table in tables.items():
        atomic_write(folder / f"{name}.parquet", partial(table.to_parquet, index=False, compression="zstd"))
    atomic_write(folder / file, lambda draft: draft.write_text(json.dumps(asdict(description), indent=1) + "\n"))
