"""The append-only store."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from data.ingest import manifest, snapshots, vintages
from data.ingest.manifest import ManifestEntry


def entry(raw: bytes, vintage: str = "to 2024-01", filename: str = "f_2024.csv", outcome: str = "new") -> ManifestEntry:
    return ManifestEntry(
        sha256=snapshots.sha256(raw),
        source="ucdp_ged",
        filename=filename,
        family="f_.csv",
        url="https://example.invalid",
        retrieved_at="2024-02-01T00:00:00+00:00",
        vintage=vintage,
        licence="CC BY 4.0",
        bytes=len(raw),
        rows=1,
        read=1,
        dropped={},
        first_month="2024-01",
        newest_month="2024-01",
        coverage=[("*", "2024-01", "2024-01")],
        outcome=outcome,
        parser="0",
    )


def test_bytes_lie_under_their_hash_with_the_suffix_of_the_file(tmp_path):
    stored = entry(b"rows", filename="GEDEvent.csv.gz")
    snapshots.store(tmp_path, stored, b"rows")
    path = tmp_path / "snapshots" / "ucdp_ged" / f"{stored.sha256}.csv.gz"
    assert path.read_bytes() == b"rows"
    assert snapshots.read_raw(tmp_path, stored) == b"rows"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_manifest_gives_back_what_was_written(tmp_path):
    assert manifest.read_manifest(tmp_path) == []
    snapshots.store(tmp_path, entry(b"one"), b"one")
    snapshots.store(tmp_path, entry(b"one", outcome="unchanged"), b"one")
    first, second = manifest.read_manifest(tmp_path)
    assert replace(first, coverage=[]) == replace(entry(b"one"), coverage=[])
    assert second.outcome == "unchanged"


def test_a_line_separator_in_an_example_does_not_tear_the_manifest(tmp_path):
    told = replace(entry(b"one"), examples={"unknown country": "row 2: a\u2028b"})
    snapshots.store(tmp_path, told, b"one")
    assert manifest.read_manifest(tmp_path)[0].examples == told.examples


def test_stored_bytes_are_never_written_again(tmp_path):
    snapshots.store(tmp_path, entry(b"one"), b"one")
    path = snapshots.raw_path(tmp_path, entry(b"one"))
    before = path.stat().st_mtime_ns
    snapshots.store(tmp_path, entry(b"one", outcome="unchanged"), b"one")
    assert path.stat().st_mtime_ns == before


def test_the_newest_of_a_family_is_in_use_and_a_quarantined_one_is_not(tmp_path):
    for raw, outcome in ((b"one", "new"), (b"two", "new"), (b"three", "quarantined")):
        snapshots.store(tmp_path, entry(raw, outcome=outcome), raw)
    assert [e.sha256 for e in vintages.in_use(tmp_path)] == [snapshots.sha256(b"two")]


def test_a_quarantined_snapshot_that_was_accepted_is_in_use(tmp_path):
    for raw, outcome in ((b"one", "new"), (b"two", "quarantined"), (b"two", "new")):
        snapshots.store(tmp_path, entry(raw, outcome=outcome), raw)
    assert [e.sha256 for e in vintages.in_use(tmp_path)] == [snapshots.sha256(b"two")]


def test_an_older_release_ingested_later_does_not_replace_the_newer(tmp_path):
    for raw, vintage in ((b"new", "25.1"), (b"old", "24.1")):
        snapshots.store(tmp_path, entry(raw, vintage), raw)
    assert [e.vintage for e in vintages.in_use(tmp_path)] == ["25.1"]


def test_verify_names_what_is_gone_or_changed(tmp_path):
    for raw in (b"kept", b"gone", b"changed"):
        snapshots.store(tmp_path, entry(raw), raw)
    assert snapshots.verify(tmp_path / "elsewhere") == []
    snapshots.raw_path(tmp_path, entry(b"gone")).unlink()
    snapshots.raw_path(tmp_path, entry(b"changed")).write_bytes(b"other")
    gone, changed = snapshots.verify(tmp_path)
    assert snapshots.sha256(b"gone") in gone
    assert f"holds {snapshots.sha256(b'other')[:12]}, expected {snapshots.sha256(b'changed')[:12]}" in changed


def test_a_broken_line_of_the_manifest_is_named(tmp_path):
    snapshots.store(tmp_path, entry(b"one"), b"one")
    ledger: Path = tmp_path / "snapshots" / "manifest.jsonl"
    ledger.write_text(ledger.read_text() + '{"sha256": "12\n')
    with pytest.raises(ValueError, match=r"manifest.jsonl, line 2 is no JSON .* remove that line"):
        manifest.read_manifest(tmp_path)


def test_half_a_line_that_a_killed_run_left_counts_for_nothing_and_is_cut_off(tmp_path):
    snapshots.store(tmp_path, entry(b"one"), b"one")
    ledger: Path = tmp_path / "snapshots" / "manifest.jsonl"
    ledger.write_text(ledger.read_text() + '{"sha256": "12')
    assert [e.sha256 for e in manifest.read_manifest(tmp_path)] == [snapshots.sha256(b"one")]
    snapshots.store(tmp_path, entry(b"two"), b"two")
    assert [e.sha256 for e in manifest.read_manifest(tmp_path)] == [snapshots.sha256(b"one"), snapshots.sha256(b"two")]


def test_pruning_takes_superseded_vintages_and_never_the_newest_nor_one_in_use(tmp_path):
    for raw, vintage in ((b"one", "24.1"), (b"three", "26.1"), (b"two", "25.1")):
        snapshots.store(tmp_path, entry(raw, vintage), raw, pd.DataFrame({"a": [1]}))
    snapshots.store(tmp_path, replace(entry(b"other"), family="other.csv"), b"other")
    old = snapshots.superseded(tmp_path, keep=1)
    assert [e.vintage for e in old] == ["24.1"]
    snapshots.prune(tmp_path, old, "2026-11-24T00:00:00+00:00")
    assert not snapshots.raw_path(tmp_path, old[0]).exists()
    assert not snapshots.parsed_path(tmp_path, old[0]).exists()
    assert [e.outcome for e in manifest.read_manifest(tmp_path)] == ["new"] * 4 + ["pruned"]
    assert snapshots.verify(tmp_path) == []
    assert snapshots.superseded(tmp_path, keep=1) == []
    assert {e.vintage for e in vintages.in_use(tmp_path)} == {"26.1", "to 2024-01"}


def test_what_was_pruned_can_come_again(tmp_path):
    for raw in (b"one", b"two"):
        snapshots.store(tmp_path, entry(raw), raw)
    snapshots.prune(tmp_path, snapshots.superseded(tmp_path, keep=1), "2026-11-24T00:00:00+00:00")
    snapshots.store(tmp_path, entry(b"one"), b"one")
    assert snapshots.read_raw(tmp_path, entry(b"one")) == b"one"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("21.1", "23.0.10"),
        ("23.0.9", "23.0.10"),
        ("23.0.12", "24.1"),
        ("to 2023-10", "24.1"),
        ("24.0.3", "to 2024-12"),
    ],
)
def test_releases_are_ordered_by_age(older, newer):
    assert entry(b"", older).order < entry(b"", newer).order


def test_a_manifest_of_an_earlier_release_calls_a_quarantined_snapshot_held(tmp_path):
    snapshots.store(tmp_path, entry(b"one", outcome="held"), b"one")
    assert '"outcome": "held"' in (tmp_path / "snapshots" / "manifest.jsonl").read_text()
    assert [e.outcome for e in manifest.read_manifest(tmp_path)] == ["quarantined"]
    assert [e.sha256 for e in vintages.quarantined(tmp_path)] == [snapshots.sha256(b"one")]
