"""How far the catalogue of episodes has been reviewed, and which of its episodes are still going on."""

import json
from pathlib import Path

import pandas as pd

from data.calendar import parse_month
from data.settings import REPOSITORY

KNOWN_TO = REPOSITORY / "data" / "reference" / "episodes_known_to.json"
"""Written by whoever reviews the catalogue, beside it."""


def catalogue_known_to(path: Path = KNOWN_TO) -> pd.Timestamp:
    """Return the month up to which the catalogue of episodes is complete.

    Raises:
        ValueError: the file does not name a month; the message says how to mend it.
    """
    try:
        return parse_month(json.loads(path.read_text())["known_to"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{path.name}: expected {{"known_to": "YYYY-MM", ...}}, got {error}; restore it or run `chokepoint episodes review`'
        ) from error


def is_open(episodes: pd.DataFrame) -> pd.Series:
    """Return which episodes nobody has seen the end of: those with a month in which they were last confirmed."""
    if "last_confirmed" not in episodes:
        return pd.Series(False, episodes.index)
    return episodes["last_confirmed"].notna()
