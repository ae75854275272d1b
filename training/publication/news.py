"""New information between two origins: the feeds that reached further or were revised, and what the model makes of the rest."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import KINDS
from data.panel.panel import Bools, Panel
from data.panel.view import NOTHING, View, as_of
from data.tables.registry import panel_tables
from features.base import Group
from features.build import build_one
from features.registry import groups
from training.forecasting.forecast import Provenance, forecast
from training.models.base import HazardModel

CATALOGUE = "episodes"
ROWS = ("origin", "iso3", "target", "horizon", "risk", "state", "flags", "groups")


@dataclass(frozen=True)
class News:
    """What is new at an origin, and the forecasts of the same fit at the origin before."""

    rows: pd.DataFrame
    """Forecasts of the present fit at the origin before (`ROWS`); `groups` are the feature groups of the capital that new
    information moved since then, separated by blanks."""
    feeds: pd.DataFrame
    """Panel tables with new rows: table, label, before and after (newest month of any unit, NaT for none), units."""


def news_at(model: HazardModel, panel: Panel, origin: pd.Timestamp) -> News:
    """Compare the inputs of an origin with those of the origin before.

    Args:
        model: the fit that is asked about both.
        panel: the panel in force.
        origin: an origin of the panel, not its first.
    """
    before = calendar.month_at(calendar.month_index(origin) - 1)
    was, now = as_of(panel, before), as_of(panel, origin)
    tables = sorted({table for group in groups() for table in group.tables})
    changed = {table: _changed(table, was, now) for table in tables}
    earlier, later = (build_one(panel, month).set_index("iso3", drop=False) for month in (before, origin))
    both = earlier.index.intersection(later.index)
    earlier, later = earlier.loc[both], later.loc[both]
    position = pd.Index(panel.iso3).get_indexer(both)
    moved = {group.name: _moved(group, earlier, later, changed, position) for group in groups()}
    words = [" ".join(name for name, marks in moved.items() if marks[i]) for i in range(len(both))]
    provenance = Provenance("present", calendar.timestamp_now(), panel.vintage)
    rows = forecast(model, earlier.reset_index(drop=True), provenance)
    rows = rows.assign(groups=rows["iso3"].map(dict(zip(both, words, strict=True))))
    feeds = [_feed(table, was, now, marks) for table, marks in changed.items() if marks.any()]
    columns = ["table", "label", "before", "after", "units"]
    return News(rows[list(ROWS)], pd.DataFrame(feeds, columns=columns))


def _moved(
    group: Group, earlier: pd.DataFrame, later: pd.DataFrame, changed: dict[str, Bools], position: np.ndarray
) -> Bools:
    """Return the capitals of which a feature of a group was moved by new rows, their own or another country's.

    A feature that goes missing is moved by new rows of the capital's own only: otherwise it has become too old.
    """
    marks = np.logical_or.reduce([changed[table] for table in group.tables])
    own, any_unit = marks[position], bool(marks.any())
    names = list(group.features)
    old, new = earlier[names].to_numpy(float), later[names].to_numpy(float)
    differ = ~((old == new) | (np.isnan(old) & np.isnan(new)))
    return np.asarray((differ & (own[:, None] | (any_unit & ~np.isnan(new)))).any(axis=1))


def _changed(table: str, was: View, now: View) -> Bools:
    """Return the units of which a table reaches further than at the origin before, or has revised an earlier month."""
    if table == CATALOGUE:
        return np.logical_or.reduce([_catalogue_changed(kind, was, now) for kind in KINDS])
    if not now.has(table):
        return np.zeros(len(now.units), bool)
    old = was.reported(table)
    new = now.reported(table)[:, : old.shape[1]]
    revised = ~((old == new) | (np.isnan(old) & np.isnan(new)))
    return np.asarray((now.newest(table) > was.newest(table)) | revised.any(axis=(1, 2)))


def _catalogue_changed(kind: str, was: View, now: View) -> Bools:
    """Return the units of which a kind of episode is known further, or a rule has found one since."""
    further = now.known_month((kind,)) > was.known_month((kind,))
    found = now.panel.disrupted[kind] & (now.panel.known_from[kind] == now.index)
    return np.asarray(further | found[:, : now.index + 1].any(axis=1))


def _feed(table: str, was: View, now: View, marks: Bools) -> tuple[object, ...]:
    newest = [view.newest(table).max() for view in (was, now)]
    months = [calendar.month_at(int(month)) if month > NOTHING else pd.NaT for month in newest]
    return table, panel_tables()[table].label, *months, int(marks.sum())
