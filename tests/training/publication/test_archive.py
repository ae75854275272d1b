"""What was published is kept as it was, once, and what was backfilled is told apart."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from training.publication import archive


def test_the_newest_origin_of_an_issue_is_kept_once_and_never_rewritten(
    tmp_path: Path, publisher: Callable[[Path, str, str], Path]
) -> None:
    folder = publisher(tmp_path / "published", "2026-10-v1", "1")
    path = archive.add_current(tmp_path, tmp_path / "published")
    assert path == tmp_path / "issued" / "2026-10-v1.parquet"
    before = path.read_bytes()
    (folder / "forecasts.parquet").unlink()
    assert archive.add_current(tmp_path, tmp_path / "published") == path
    assert path.read_bytes() == before
    rows = archive.read(tmp_path)
    assert (list(rows["publication_id"].unique()), list(rows["backfilled"].unique())) == (["2026-10-v1"], [False])
    assert list(rows["origin"].unique()) == [pd.Timestamp("2026-10-01")]


def test_a_backfilled_issue_is_kept_apart_and_marked(
    tmp_path: Path, publisher: Callable[[Path, str, str], Path]
) -> None:
    folder = publisher(tmp_path / "published", "2026-10-v2", "2")
    info = folder / "publication.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"backfilled": True}))
    assert (
        archive.add_current(tmp_path, tmp_path / "published")
        == tmp_path / "issued" / "backfilled" / "2026-10-v2.parquet"
    )
    assert list(archive.read(tmp_path)["backfilled"].unique()) == [True]


def test_nothing_published_keeps_nothing(tmp_path: Path) -> None:
    assert archive.add_current(tmp_path, tmp_path / "published") is None
    assert archive.read(tmp_path).empty
