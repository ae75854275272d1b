"""Curated reference tables: capitals, supply corridors, episodes and capital districts."""

from functools import cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import shapely

from data.contracts.forecasts import EPISODES
from data.settings import REPOSITORY

FOLDER = REPOSITORY / "data" / "reference"
EPISODES_V1 = FOLDER / "episodes_v1.csv"
"""The catalogue as first curated, frozen: scores on it are comparable over the years."""

_CAPITALS = pa.DataFrameSchema(
    {
        "iso3": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "country": pa.Column(str),
        "gwcode": pa.Column("Int64", nullable=True),
        "capital": pa.Column(str),
        "latitude": pa.Column("float64", pa.Check.in_range(-90, 90)),
        "longitude": pa.Column("float64", pa.Check.in_range(-180, 180)),
        "seat_from": pa.Column("datetime64[us]"),
        "seat_to": pa.Column("datetime64[us]", nullable=True),
        "member_from": pa.Column("datetime64[us]"),
        "landlocked": pa.Column(bool),
        "region": pa.Column(str),
        "status": pa.Column(str, pa.Check.isin(("un_member", "un_observer", "other", "territory"))),
        "note": pa.Column(str),
        "source": pa.Column(str),
    },
    strict=True,
    unique=["iso3", "seat_from"],
)

_CORRIDOR_COUNTRIES = pa.DataFrameSchema(
    {
        "iso3": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "corridor": pa.Column(str),
        "crosses": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "km": pa.Column("int64", pa.Check.ge(50)),
    },
    name="corridor_countries",
    strict=True,
    unique=["corridor", "crosses"],
)
_CORRIDORS = pa.DataFrameSchema(
    {
        "iso3": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "corridor": pa.Column(str, pa.Check.str_matches(r"^[a-z]{3}-[a-z0-9-]+$"), unique=True),
        "name": pa.Column(str),
        "start": pa.Column(str),
        "start_kind": pa.Column(str, pa.Check.isin(("port", "river_port", "border", "refinery", "depot", "airport"))),
        "mode": pa.Column(str, pa.Check.isin(("road", "rail", "river", "pipeline", "sea", "air"))),
        "carries": pa.Column(str, pa.Check.str_matches(r"^(fuel|food|general|power)(;(fuel|food|general|power))*$")),
        "via": pa.Column(str),
        "wkt": pa.Column(str, pa.Check(lambda s: s.map(lambda w: shapely.from_wkt(w).geom_type == "LineString"))),
        "source": pa.Column(str),
    },
    strict=True,
)


def read_capitals(path: Path = FOLDER / "capitals.csv") -> pd.DataFrame:
    """Return one row per spell of a seat of government; dates are first days of months, `seat_to` is inclusive."""
    raw = pd.read_csv(
        path,
        dtype={"note": str, "gwcode": "Int64"},
        keep_default_na=False,
        na_values={"gwcode": "", "seat_to": ""},
    )
    months = {
        c: pd.to_datetime(raw[c], format="%Y-%m").astype("datetime64[us]")
        for c in ("seat_from", "seat_to", "member_from")
    }
    return _CAPITALS.validate(raw.assign(**months, landlocked=raw["landlocked"] == 1))


@cache
def units() -> pd.DataFrame:
    """Return the units of the panel, one row per ISO3 with its current seat of government."""
    capitals = read_capitals().sort_values(["iso3", "seat_from"])
    return capitals.groupby("iso3", as_index=False).last().drop(columns=["seat_to", "seat_from"])


def states() -> pd.DataFrame:
    """Return the units whose forecasts are published; territories are computed and scored only."""
    every = units()
    return every[every["status"] != "territory"]


@cache
def read_corridors(path: Path = FOLDER / "corridors.csv") -> pd.DataFrame:
    """Return the supply corridors, one line (WKT, longitude first) per row; read once, copy before changing it."""
    return _CORRIDORS.validate(pd.read_csv(path, keep_default_na=False))


def read_corridor_countries(path: Path = FOLDER / "corridor_countries.csv") -> pd.DataFrame:
    """Return the other countries that each corridor crosses, with the length in them, km."""
    return _CORRIDOR_COUNTRIES.validate(pd.read_csv(path, keep_default_na=False))


def read_districts(path: Path = FOLDER / "capital_districts.csv") -> pd.DataFrame:
    """Return the UCDP first-level districts that are a seat's own (core) or surround it (ring), by spell of the seat.

    Returns:
        Columns iso3, capital, role, district, seat_from and seat_to (inclusive, NaT while in force).

    Raises:
        ValueError: A district's capital is none of capitals.csv.
    """
    spells = read_capitals()[["iso3", "capital", "seat_from", "seat_to"]]
    districts = pd.read_csv(path, keep_default_na=False)
    unknown = districts[
        ~districts.set_index(["iso3", "capital"]).index.isin(spells.set_index(["iso3", "capital"]).index)
    ]
    if len(unknown):
        row = unknown.iloc[0]
        raise ValueError(f"{path.name}: {row['iso3']} has no seat {row['capital']!r}; spell it as in capitals.csv")
    return districts.merge(spells, on=["iso3", "capital"])


def in_force(rows: pd.DataFrame) -> pd.Series:
    """Return whether the spell (seat_from, seat_to) of each row is in force in its month."""
    return (rows["month"] >= rows["seat_from"]) & (rows["seat_to"].isna() | (rows["month"] <= rows["seat_to"]))


def read_episodes(path: Path = FOLDER / "episodes.csv") -> pd.DataFrame:
    """Return the catalogue of episodes.

    `last_confirmed` is the month in which an episode was last seen to go on, NaT for one that has ended; `evidence` names what
    a row rests on. The frozen first version has neither.

    Raises:
        ValueError: An episode ends before it starts, or touches another of its country and kind.
        pandera.errors.SchemaError: A row breaks the contract.
    """
    raw = pd.read_csv(path).reindex(columns=list(EPISODES.columns))
    raw["evidence"] = raw["evidence"].astype("str").where(raw["evidence"].notna(), "")
    for column in ("start", "end", "last_confirmed"):
        raw[column] = pd.to_datetime(raw[column], format="%Y-%m").astype("datetime64[us]")
    episodes = EPISODES.validate(raw)
    backwards = episodes[episodes["end"] < episodes["start"]]
    if len(backwards):
        raise ValueError(f"{path.name}: episode ends before it starts: {_name(backwards.iloc[0])}; swap start and end")
    ordered = episodes.sort_values(["iso3", "kind", "start"])
    previous_end = ordered.groupby(["iso3", "kind"])["end"].shift()
    touching = ordered[previous_end + pd.DateOffset(months=1) >= ordered["start"]]
    if len(touching):
        raise ValueError(
            f"{path.name}: {_name(touching.iloc[0])} touches the episode before it; merge the two rows into one"
        )
    return episodes


def _name(row: pd.Series) -> str:
    return f"{row['iso3']} {row['kind']} {row['start']:%Y-%m}..{row['end']:%Y-%m}"


def require_state(code: str) -> str:
    """Return an ISO3 code in upper case; raise ValueError where it is of no state that is forecast."""
    iso3 = code.strip().upper()
    if iso3 not in set(states()["iso3"]):
        raise ValueError(
            f"unknown country {code.strip()!r}: give the ISO3 code of a state, such as MLI; `chokepoint risks` lists capitals"
        )
    return iso3


def seats(iso3: str, first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Return the seats of government over a span in words, such as `Bujumbura, from 2019-01 Gitega`.

    Args:
        iso3: Code of the state.
        first: First month of the span.
        last: Last month, included.
    """
    spells = read_capitals().sort_values("seat_from")
    own = spells[(spells["iso3"] == iso3) & (spells["seat_from"] <= last)]
    own = own[own["seat_to"].isna() | (own["seat_to"] >= first)]
    moved = [f"from {row.seat_from:%Y-%m} {row.capital}" for row in own.iloc[1:].itertuples()]
    return ", ".join([own["capital"].iloc[0], *moved])
