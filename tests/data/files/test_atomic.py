"""Files and folders appear whole or not at all."""

from pathlib import Path

import pytest

from data.files.atomic import whole_file, whole_folder


def test_a_folder_takes_the_place_of_the_one_before_when_it_is_full_and_not_earlier(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "old").touch()

    def fill(draft: Path) -> None:
        (draft / "new").touch()
        assert [path.name for path in (tmp_path / "made").iterdir()] == ["old"]

    whole_folder(tmp_path / "made", fill)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/new"]


def test_a_folder_that_fails_leaves_the_one_before_and_no_draft(tmp_path: Path) -> None:
    whole_folder(tmp_path / "made", lambda draft: (draft / "old").touch())

    def fail(draft: Path) -> None:
        (draft / "new").touch()
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        whole_folder(tmp_path / "made", fail)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/old"]


def test_a_folder_goes_over_what_a_killed_run_left_of_its_draft(tmp_path: Path) -> None:
    (tmp_path / ".made.draft").mkdir()
    (tmp_path / ".made.draft" / "half").touch()
    whole_folder(tmp_path / "made", lambda draft: (draft / "new").touch())
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/new"]


def test_a_file_appears_under_its_name_when_it_is_written(tmp_path: Path) -> None:
    def write(draft: Path) -> None:
        draft.write_text("new")
        assert not (tmp_path / "a.json").exists()

    whole_file(tmp_path / "a.json", write)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "new")]
