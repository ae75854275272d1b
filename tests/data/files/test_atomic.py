"""Atomic writes of files and folders."""

from pathlib import Path

import pytest

from data.files.atomic import atomic_write, atomic_write_folder, retired


def test_a_folder_takes_the_place_of_the_one_before_when_it_is_full_and_not_earlier(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "old").touch()

    def fill(draft: Path) -> None:
        (draft / "new").touch()
        assert [path.name for path in (tmp_path / "made").iterdir()] == ["old"]

    atomic_write_folder(tmp_path / "made", fill)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/new"]


def test_a_folder_that_fails_leaves_the_one_before_and_no_draft(tmp_path: Path) -> None:
    atomic_write_folder(tmp_path / "made", lambda draft: (draft / "old").touch())

    def fail(draft: Path) -> None:
        (draft / "new").touch()
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        atomic_write_folder(tmp_path / "made", fail)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/old"]


def test_a_folder_goes_over_what_a_killed_run_left_of_its_draft(tmp_path: Path) -> None:
    (tmp_path / ".made.draft").mkdir()
    (tmp_path / ".made.draft" / "half").touch()
    atomic_write_folder(tmp_path / "made", lambda draft: (draft / "new").touch())
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/new"]


def test_a_file_appears_under_its_name_when_it_is_written(tmp_path: Path) -> None:
    def write(draft: Path) -> None:
        draft.write_text("new")
        assert not (tmp_path / "a.json").exists()

    atomic_write(tmp_path / "a.json", write)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "new")]


def test_a_file_that_fails_leaves_the_one_before_and_no_draft(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("old")

    def fail(draft: Path) -> None:
        draft.write_text("half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        atomic_write(tmp_path / "a.json", fail)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "old")]


def test_a_file_has_its_mode_from_its_first_byte_on(tmp_path: Path) -> None:
    def write(draft: Path) -> int:
        assert draft.stat().st_mode & 0o777 == 0o600
        return draft.write_text("secret")

    assert atomic_write(tmp_path / "keys.json", write, mode=0o600) == 6
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_whose_replacement_was_killed_between_the_renames_is_restored_before_the_next_write(
    tmp_path: Path,
) -> None:
    retired(tmp_path / "made").mkdir()
    (retired(tmp_path / "made") / "old").touch()

    def fill(draft: Path) -> str:
        (draft / "new").touch()
        return ", ".join(path.name for path in (tmp_path / "made").iterdir())

    assert atomic_write_folder(tmp_path / "made", fill) == "old"
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/new"]
