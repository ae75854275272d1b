"""What is said to go on at a capital after the catalogue's end, where rules alone know."""

from pathlib import Path

import pandas as pd

from data import calendar
from data.panel.panel import Panel, assemble
from serving.queries.capital import ongoing_at
from serving.served_publication import ServedPublication, states_only
from training.models.climatology import Climatology
from training.publication.publication import TABLES, Publication, PublicationInfo

SIEGE = pd.DataFrame(
    {
        "iso3": ["MLI"],
        "capital": ["Bamako"],
        "start": pd.to_datetime(["2026-04-01"]),
        "end": pd.to_datetime(["2026-10-01"]),
        "last_confirmed": pd.to_datetime(["2026-10-01"]),
        "kind": ["siege"],
        "confidence": ["M"],
        "reason": ["siege declared"],
    }
)


def panel(last: str) -> Panel:
    """A coup of December 2026, listed in mid-January; the list reaches to `last`."""
    months = pd.Series(pd.to_datetime(["2026-12-01", last]))
    coups = pd.DataFrame({"iso3": ["MLI", "FJI"], "month": months, "successful": 1.0, "failed": 0.0, "source": "test"})
    coverage = pd.DataFrame({"table": ["none"], "iso3": ["*"], "first": months[:1], "last": months[:1]})
    tables = {"coups": coups.assign(available_at=calendar.available_at(months, 14)), "coverage": coverage}
    return assemble(tables, SIEGE, {"vintage": "test"})


def going_on(origin: str) -> list[tuple[str, str, str, str | None]]:
    made = panel("2027-06-01")
    rows = pd.DataFrame()
    publication = Publication(*[rows] * len(TABLES), folder=Path("none"), info=PublicationInfo())
    served = ServedPublication(publication, Climatology({}), made, rows, {}, states_only(made.episodes))
    return [(o.kind, o.since, o.reason, o.last_confirmed) for o in ongoing_at(served, "MLI", pd.Timestamp(origin))]


def test_an_episode_that_nobody_has_seen_the_end_of_goes_on_and_says_when_it_was_last_confirmed() -> None:
    assert going_on("2026-03") == []
    assert going_on("2026-08") == [("siege", "2026-04", "siege declared", "2026-08")]
    for origin in ("2026-10", "2026-12", "2027-05"):
        assert ("siege", "2026-04", "siege declared", "2026-10") in going_on(origin)


def test_a_coup_is_over_when_its_month_is() -> None:
    # in December nobody has listed it yet, and in January it is past
    assert [kind for kind, *_ in going_on("2026-12")] == ["siege"]
    assert [kind for kind, *_ in going_on("2027-02")] == ["siege"]
