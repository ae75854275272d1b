"""The provenance of a publication: written by this release, an earlier or a later one."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from training.publication.publication import PublicationInfo, current_info, read_info

INFO = PublicationInfo(origin="2026-10", model_version="2", decision="abc", run_id="run2", backfilled=True)


def test_provenance_is_read_as_it_was_written_and_gives_the_publication_id(tmp_path: Path) -> None:
    (tmp_path / "publication.json").write_text(json.dumps(asdict(INFO)))
    assert read_info(tmp_path) == INFO
    assert INFO.publication_id == "2026-10-v2-abc"


def test_fields_of_a_later_release_are_ignored_and_those_that_an_earlier_one_lacks_have_defaults(
    tmp_path: Path,
) -> None:
    (tmp_path / "publication.json").write_text('{"run_id": "run2", "new": 1}')
    assert read_info(tmp_path) == PublicationInfo(run_id="run2")


def test_a_file_that_is_no_object_is_named(tmp_path: Path) -> None:
    (tmp_path / "publication.json").write_text("[]")
    with pytest.raises(ValueError, match=r"publication.json: got list, expected an object"):
        read_info(tmp_path)


def test_a_folder_without_a_publication_has_empty_provenance(tmp_path: Path) -> None:
    assert current_info(tmp_path) == PublicationInfo()
