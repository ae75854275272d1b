"""The catalogue of episodes, extended by the rules over the months it has not reached.

The curated catalogue and its frozen version are never changed: what a rule adds lives in the panel alone, and gives way
as soon as the catalogue reaches its month.
"""

from dataclasses import dataclass

import pandas as pd

from data import calendar
from data.reference_tables import in_force, read_capitals

QUIET_MONTHS = {"fighting": 3, "supply": 3}
"""Quiet months that do not end an episode: in the catalogue two of these kinds are never nearer than four months apart."""
CATALOGUE, RULE, BOTH = "catalogue", "rule", "catalogue and rule"
"""`source` of an episode: curated, found by a rule, or curated and seen by a rule to go on."""


@dataclass(frozen=True)
class ExtendedCatalogue:
    """Episodes with their `source`, and the months among them that rules added (iso3, kind, month, available_at)."""

    episodes: pd.DataFrame
    months: pd.DataFrame


_MONTHS = {"iso3": "str", "kind": "str", "month": "datetime64[us]", "available_at": "datetime64[us]"}


def unextended(episodes: pd.DataFrame) -> ExtendedCatalogue:
    """Return a catalogue without any month added by a rule."""
    none = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in _MONTHS.items()})
    return ExtendedCatalogue(episodes.assign(source=CATALOGUE), none)


def extend(episodes: pd.DataFrame, months: pd.DataFrame, known_to: pd.Timestamp) -> ExtendedCatalogue:
    """Return the catalogue with the later months that rules found.

    Months of one kind in one capital that follow each other, with no more than `QUIET_MONTHS` between, are one episode;
    the quiet ones are known when the next found one is. Months that follow in the same way an episode going on at the end
    of the catalogue lengthen it.

    Args:
        episodes: The catalogue, under `contracts.forecasts.EPISODES`.
        months: Months found by rules, under `episode_rules.RULE_MONTHS`.
        known_to: Month up to which the catalogue is complete.
    """
    later = months[months["month"] > known_to].sort_values(["iso3", "kind", "month"])
    if later.empty:
        return unextended(episodes)
    curated = episodes.assign(source=CATALOGUE)
    going_on = {(r.iso3, r.kind): r.Index for r in curated[curated["end"] == known_to].itertuples()}
    seats = read_capitals()
    added, new = [], []
    for run in _runs(later):
        key = (run["iso3"].iloc[0], run["kind"].iloc[0])
        goes_on = key in going_on and _months_between(known_to, run["month"].iloc[0]) <= QUIET_MONTHS.get(key[1], 0)
        added.append(_with_quiet_months(run, known_to if goes_on else None))
        if goes_on:
            _lengthen(curated, going_on.pop(key), run)
        else:
            new.append(_episode(run, seats))
    begun = pd.DataFrame(new).reindex(columns=curated.columns)
    whole = pd.concat([curated, begun], ignore_index=True) if new else curated
    dates = dict.fromkeys(("start", "end"), "datetime64[us]")
    return ExtendedCatalogue(whole.astype(dates), pd.concat(added, ignore_index=True))


def _months_between(first: pd.Timestamp, second: pd.Timestamp) -> int:
    return calendar.month_index(second) - calendar.month_index(first) - 1


def _runs(later: pd.DataFrame) -> list[pd.DataFrame]:
    """Group months by capital and kind, and split a group where more than `QUIET_MONTHS` lie between."""
    split: list[pd.DataFrame] = []
    for (_, kind), months in later.groupby(["iso3", "kind"]):
        at = calendar.month_indices(months["month"])
        runs = calendar.runs(at, QUIET_MONTHS.get(kind, 0))
        split += [months[(at >= first) & (at <= last)] for first, last in runs]
    return split


def _with_quiet_months(run: pd.DataFrame, after: pd.Timestamp | None) -> pd.DataFrame:
    """List every month of a run, from the month after the end of an episode that it lengthens."""
    first = run["month"].iloc[0] if after is None else calendar.as_of(after)
    every = pd.DatetimeIndex(calendar.month_range(first, run["month"].iloc[-1]), dtype="datetime64[us]")
    known = run.set_index("month")["available_at"].reindex(every).bfill()
    keys = {"iso3": run["iso3"].iloc[0], "kind": run["kind"].iloc[0]}
    return pd.DataFrame(keys | {"month": every, "available_at": known.to_numpy()})


def _reason(run: pd.DataFrame) -> str:
    more = {1: "", 2: ", and in another month"}.get(len(run), f", and in {len(run) - 1} more months")
    return f"by rule, {run['month'].iloc[0]:%Y-%m}: {run['reason'].iloc[0]}{more}"


def _lengthen(episodes: pd.DataFrame, row: object, run: pd.DataFrame) -> None:
    reason = f"{episodes.at[row, 'reason']}; goes on {_reason(run)}"
    episodes.loc[row, ["end", "reason", "source"]] = [run["month"].iloc[-1], reason, BOTH]


def _episode(run: pd.DataFrame, seats: pd.DataFrame) -> dict[str, object]:
    first, last = run.iloc[0], run.iloc[-1]
    return {
        "iso3": first["iso3"],
        "capital": _seat_in_force(seats, first),
        "start": first["month"],
        "end": last["month"],
        "kind": first["kind"],
        "confidence": first["confidence"],
        "reason": _reason(run),
        "source": RULE,
    }


def _seat_in_force(seats: pd.DataFrame, first: pd.Series) -> str:
    spells = seats[seats["iso3"] == first["iso3"]].assign(month=first["month"])
    return str(spells.loc[in_force(spells), "capital"].iloc[0])
