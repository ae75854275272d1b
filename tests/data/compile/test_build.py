"""A source fetched again and again: every origin sees the newest vintage that was here by then."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.compile import build
from data.ingest import snapshots
from data.ingest.ingest import ingest_folder
from data.panel import panel
from data.panel.folder import panel_folder
from data.panel.view import as_of

DEATHS = {f"2026-{month:02d}": 5.0 for month in range(1, 7)}
"""Mali's deaths as the first vintage tells them; three other countries have as many."""


@pytest.fixture
def taken_in(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Take in what a publisher has out on a day, and compile."""

    def run(day: str, deaths: dict[str, float], **files: str) -> None:
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
        monkeypatch.setattr("data.calendar.now", lambda: moment)
        folder = tmp_path / day
        folder.mkdir()
        lines = [
            f"{month}-01,{country},{count if country == 'Mali' else 5}"
            for month, count in deaths.items()
            for country in ("Mali", "Niger", "Chad", "Sudan")
        ]
        (folder / "totals.csv").write_text("\n".join(["month,country_ne,deaths", *lines]) + "\n")
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text)
        assert {r.outcome for r in ingest_folder(folder, home=home)} <= {"new", "unchanged"}
        build.build_own()

    return run


def seen(origin: str, months: int = 1, table: str = "countries", column: str = "deaths") -> list[float]:
    """Return Mali's newest months as an origin sees them."""
    made = panel.load()
    view = as_of(made, pd.Timestamp(origin))
    return [float(v) for v in view.recent(table, column, months)[made.iso3.index("MLI")]]


def test_a_past_origin_sees_the_older_value_and_a_later_one_the_revision(taken_in: Callable[..., None]) -> None:
    taken_in("2026-08-10", DEATHS)
    taken_in("2026-10-10", DEATHS | {"2026-06": 9.0, "2026-07": 7.0})
    assert seen("2026-07") == [5.0]  # June came out on its usual day, and the first vintage is the oldest there is
    assert seen("2026-09", 2) == [5.0, 7.0]
    assert seen("2026-10", 2) == [9.0, 7.0]
    view = as_of(panel.load(), pd.Timestamp("2026-08-01"))
    # July should have been out on 21 August; the run of the 10th could not have it, and none came between.
    assert float(view.age("countries")[view.panel.iso3.index("MLI")]) == 2.0


def test_the_row_of_an_origin_stays_what_it_was_when_it_was_made(taken_in: Callable[..., None]) -> None:
    taken_in("2026-08-10", DEATHS)
    before = {origin: seen(origin, 6) for origin in ("2026-05", "2026-07", "2026-08")}
    taken_in("2026-09-10", DEATHS | {"2026-06": 6.0, "2026-07": 7.0})
    taken_in("2026-10-10", DEATHS | {"2026-06": 8.0, "2026-07": 7.0})
    assert {origin: seen(origin, 6) for origin in before} == before
    june = {"2026-08": 1, "2026-09": 2, "2026-10": 2}  # months back from the newest that is known
    assert [seen(origin, back)[0] for origin, back in june.items()] == [5.0, 6.0, 8.0]


def test_of_vintages_taken_in_during_one_month_the_last_counts_for_all_origins(taken_in: Callable[..., None]) -> None:
    taken_in("2026-08-10", DEATHS)
    taken_in("2026-08-12", DEATHS | {"2026-06": 9.0})
    assert seen("2026-07") == [9.0]
    assert not list(panel_folder().glob("*.vintages.parquet"))


def test_a_source_that_comes_later_is_known_by_its_publication_lag(taken_in: Callable[..., None]) -> None:
    coups = "ccode\tcountry\tyear\tmonth\tday\tcoup\tversion\n432\tMali\t2026\t2\t3\t2\t1\n"
    taken_in("2026-08-10", DEATHS)
    assert np.nansum(seen("2026-04", 12, "coups", "successful")) == 0
    taken_in("2026-10-10", DEATHS, coups=coups)
    assert np.nansum(seen("2026-04", 12, "coups", "successful")) == 1


def test_a_pruned_vintage_tells_nothing_any_more(taken_in: Callable[..., None], home: Path) -> None:
    taken_in("2026-08-10", DEATHS)
    taken_in("2026-10-10", DEATHS | {"2026-06": 9.0})
    snapshots.prune(home, snapshots.superseded(home, keep=1), "2026-10-11T00:00:00+00:00")
    build.build_own()
    assert seen("2026-07") == [9.0]
