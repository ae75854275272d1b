"""The catalogue of episodes as readers see it: every row with its city, confidence, evidence and last confirmation."""

import pandas as pd

from data import calendar
from data.panel.episode_extension import CATALOGUE
from data.reference_tables import read_episodes
from serving.served_publication import ServedPublication, states_only

COLUMNS = (
    "iso3",
    "capital",
    "start",
    "end",
    "kind",
    "confidence",
    "reason",
    "last_confirmed",
    "evidence",
    "source",
)


def catalogue(served: ServedPublication, *, doubtful: bool = False) -> pd.DataFrame:
    """Return the episodes, oldest first.

    Args:
        served: The publication, whose panel has the episodes that count.
        doubtful: With those of confidence L, which count for no target and are in no panel.

    Returns:
        Rows under `COLUMNS`; `last_confirmed` is NaT for an episode that has ended, `evidence` "" where there is none.
    """
    rows: pd.DataFrame = served.views.get_or_compute("catalogue", lambda: _rows(served))
    return rows if doubtful else rows[rows["confidence"] != "L"]


def known_to(served: ServedPublication) -> pd.Timestamp:
    """Return the month up to which the catalogue is complete."""
    return calendar.month_at(served.panel.known_to)


def _rows(served: ServedPublication) -> pd.DataFrame:
    every = read_episodes()
    left_out = states_only(every[every["confidence"] == "L"]).assign(source=CATALOGUE)
    rows = pd.concat([part.reindex(columns=list(COLUMNS)) for part in (served.episodes, left_out)], ignore_index=True)
    rows["last_confirmed"] = pd.to_datetime(rows["last_confirmed"])
    rows["evidence"] = rows["evidence"].astype("str").where(rows["evidence"].notna(), "")
    return rows.sort_values(["start", "iso3", "kind"], ignore_index=True)
