"""What outlives a job: whole or not there, and the last used are kept."""

import os
from pathlib import Path

from training.stages.cache import MAX_FILES, Cache


def test_a_piece_appears_at_once_and_what_a_killed_job_left_is_no_piece(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    path = cache.file("features", "a.parquet")
    assert not path.exists()

    def write(draft: Path) -> None:
        draft.write_text("whole")
        assert not path.exists()

    cache.write(path, write)
    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["a.parquet"]


def test_pieces_used_last_are_kept_whatever_code_they_were_made_by(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(MAX_FILES["features"] + 1):
        path = cache.folder("features", f"code{number}") / "piece"
        path.write_text("")
        os.utime(path, (number, number))
    oldest = cache.file("features", "code0/piece")  # looked up, so it is the newest now
    cache.prune()
    assert oldest.exists()
    assert sorted(p.parent.name for p in (tmp_path / "kept" / "features").rglob("piece")) == ["code0", "code2"]
