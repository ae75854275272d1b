"""Agreement of the rules (`episode_rules`) with the curated catalogue: by kind and decade, by threshold, and on a held-out past.

Most rows of fighting were curated with a form of the fighting rule at hand and most coups with Powell & Thyne, so agreement
shows completeness, not accuracy. An episode is `seen` if the feeds of its target's rule had reached one of its months.
"""

from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from data import calendar
from data.contracts.forecasts import KINDS, PARTS, TARGETS
from data.geometry import NEAR_RADII_KM
from data.grid import NEVER
from data.panel.episode_extension import RULE
from data.panel.episode_rules import fighting_near, rule_months
from data.panel.panel import Panel
from data.tables.prices import PRICE_GROUPS

Bools = npt.NDArray[np.bool_]
DEATHS = (5, 10, 25, 100)
"""Thresholds of the sensitivity table."""
RULE_OF = {kind: part for part in PARTS for kind in TARGETS[part]}
"""Kind of episode -> the rule of its target; an `attack` has none."""


def episodes_found(panel: Panel) -> pd.DataFrame:
    """Return, by kind and decade of the start, the curated episodes, those seen, and those with a month that the rule finds."""
    episodes = _episodes(panel, _marks(panel))
    episodes = episodes.assign(decade=_decade(episodes["start"]), hit=episodes["seen"] & episodes["found"])
    grouped = episodes.groupby(["kind", "decade"], as_index=False)
    table = grouped.agg(episodes=("seen", "size"), seen=("seen", "sum"), found=("hit", "sum"))
    ordered = table.sort_values(["kind", "decade"], key=lambda c: c.map(list(RULE_OF).index) if c.name == "kind" else c)
    return ordered.assign(share=ordered["found"] / ordered["seen"].where(ordered["seen"] > 0)).reset_index(drop=True)


def months_confirmed(panel: Panel) -> pd.DataFrame:
    """Return, by rule and decade, the months the rule finds and those inside an episode of its target, and of any kind."""
    by_rule = _within_reach(panel)
    by_rule = by_rule.assign(decade=_decade(by_rule["month"]))
    rows = [
        {
            "rule": rule,
            "decade": decade,
            "months": len(months),
            "same_target": int(months["same_target"].sum()),
            "any_kind": int(months["any_kind"].sum()),
        }
        for (rule, decade), months in by_rule.groupby(["rule", "decade"])
    ]
    table = pd.DataFrame(rows, columns=["rule", "decade", "months", "same_target", "any_kind"])
    return table.assign(share=table["any_kind"] / table["months"])


def unconfirmed(panel: Panel) -> pd.DataFrame:
    """Return the rule months (rule, iso3, month, reason) that lie in no episode of any kind."""
    months = _within_reach(panel)
    return months.loc[~months["any_kind"], ["rule", "iso3", "month", "reason"]].reset_index(drop=True)


def sensitivity(panel: Panel) -> pd.DataFrame:
    """Return the sensitivity of the fighting rule to radius and threshold, on events placed to 25 km or better.

    One row for each radius (km) and number of deaths: rule months, their share inside an episode of any kind, and the share
    of the fighting episodes seen that have a rule month; no row where no feed places events.
    """
    columns = ["radius_km", "deaths", "rule_months", "in_episodes", "fighting_episodes", "episodes_found"]
    if "near" not in panel.cubes:
        return pd.DataFrame(columns=columns)
    near = panel.cubes["near"].settled()
    seen, width = near.visible != NEVER, panel.known_to + 1
    rows = []
    for radius, deaths in product(NEAR_RADII_KM, DEATHS):
        holds = fighting_near(near, radius, deaths)
        inside = _covered(panel, KINDS)[:, :width][holds[:, :width]]
        episodes = _episodes(panel, {"fighting": holds}, {"fighting": seen})
        found = episodes.loc[episodes["seen"] & (episodes["kind"] == "fighting"), "found"]
        rows.append((radius, deaths, inside.size, _share(inside), len(found), _share(found)))
    return pd.DataFrame(rows, columns=columns)


def held_out(panel: Panel, until: pd.Timestamp) -> pd.DataFrame:
    """Truncate the catalogue after a month, extend it by rule, and compare the extension with the truncated part.

    Args:
        panel: The panel under its whole catalogue.
        until: Last month of the truncated catalogue.

    Returns:
        One row for each kind: the catalogue's episodes that began later, those seen, those found (a month of the extension's
        target falls inside); and the episodes the rules began, those that meet one of the same target, those that meet one
        of another kind alone, and those that meet none (`invented`).
    """
    curated = _curated(panel)
    past = curated[curated["start"] <= until].assign(end=lambda t: t["end"].clip(upper=until))
    extension = panel.extended(past, until)
    later = _episodes(panel, {rule: _covered(extension, TARGETS[rule]) for rule in PARTS})
    later = later[later["start"] > until]
    by_rule = extension.episodes[extension.episodes["source"] == RULE]
    by_rule = by_rule[by_rule["start"] <= _reached(panel)]
    truth, anything = {rule: _covered(panel, TARGETS[rule]) for rule in PARTS}, _covered(panel, KINDS)
    same = pd.Series(
        [_meets(panel, truth[RULE_OF[e.kind]], e) for e in by_rule.itertuples()], by_rule.index, dtype=bool
    )
    any_kind = pd.Series([_meets(panel, anything, e) for e in by_rule.itertuples()], by_rule.index, dtype=bool)
    rows = []
    for kind in RULE_OF:
        curated_later, of_kind = later[later["kind"] == kind], by_rule["kind"] == kind
        rows.append(
            {
                "kind": kind,
                "later": len(curated_later),
                "seen": int(curated_later["seen"].sum()),
                "found": int((curated_later["seen"] & curated_later["found"]).sum()),
                "by_rule": int(of_kind.sum()),
                "same_target": int((of_kind & same).sum()),
                "other_kind": int((of_kind & ~same & any_kind).sum()),
                "invented": int((of_kind & ~any_kind).sum()),
            }
        )
    return pd.DataFrame(rows)


def _reached(panel: Panel) -> pd.Timestamp:
    return calendar.month_at(panel.known_to)


def _curated(panel: Panel) -> pd.DataFrame:
    """Return the catalogue without the months that rules added."""
    episodes = panel.episodes[panel.episodes["source"] != RULE]
    return episodes.assign(end=episodes["end"].clip(upper=_reached(panel)))


def _covered(panel: Panel, kinds: tuple[str, ...]) -> Bools:
    return np.logical_or.reduce([panel.disrupted[kind] for kind in kinds])


def _within_reach(panel: Panel) -> pd.DataFrame:
    """Return the months of every rule that the catalogue has reached, and whether an episode covers them."""
    months = rule_months(panel.cubes, panel.iso3)
    months = months[months["month"].between(calendar.FIRST_MONTH, _reached(panel))]
    unit = months["iso3"].map({code: i for i, code in enumerate(panel.iso3)}).to_numpy(int)
    at = calendar.month_indices(months["month"])
    rule = months["kind"].map(RULE_OF)
    same = np.stack([_covered(panel, TARGETS[part])[unit, at] for part in PARTS])[
        rule.map(PARTS.index).astype(int), range(len(at))
    ]
    return months.assign(rule=rule, same_target=same, any_kind=_covered(panel, KINDS)[unit, at])


def _marks(panel: Panel) -> dict[str, Bools]:
    """Return the months of every rule, shape (units, months)."""
    marks = {rule: np.zeros((len(panel.iso3), panel.last + 1), bool) for rule in PARTS}
    row = {code: i for i, code in enumerate(panel.iso3)}
    for month in rule_months(panel.cubes, panel.iso3).itertuples():
        marks[RULE_OF[month.kind]][row[month.iso3], calendar.month_index(month.month)] = True
    return marks


def _seen(panel: Panel) -> dict[str, Bools]:
    """Return, by rule, which months of which units its feeds have reached, shape (units, months)."""
    shape = (len(panel.iso3), panel.last + 1)
    nothing = np.zeros(shape, bool)

    def reported(table: str) -> Bools:
        return panel.cubes[table].inside().visible != NEVER if table in panel.cubes else nothing

    markets = nothing
    if "prices" in panel.cubes:
        columns = [panel.cubes["prices"].column(f"{g}_in_capital") > 0 for g in PRICE_GROUPS]
        markets = np.logical_or.reduce(columns)
    return {
        "fighting": reported("near") | reported("districts"),
        "seizure": reported("coups"),
        "strangulation": markets & reported("roads"),
    }


def _episodes(panel: Panel, marks: dict[str, Bools], seen: dict[str, Bools] | None = None) -> pd.DataFrame:
    """Return the curated episodes of kinds that a rule serves, whether seen, and whether a mark falls inside."""
    curated = _curated(panel)
    served = curated[curated["kind"].map(RULE_OF).isin(marks) & curated["iso3"].isin(panel.iso3)]
    feeds = seen or _seen(panel)
    return served.assign(
        seen=[_meets(panel, feeds[RULE_OF[e.kind]], e) for e in served.itertuples()],
        found=[_meets(panel, marks[RULE_OF[e.kind]], e) for e in served.itertuples()],
    ).astype({"seen": bool, "found": bool})


def _meets(panel: Panel, marks: Bools, episode: object) -> bool:
    """Return whether a mark falls on a month of an episode (a row with iso3, start and end)."""
    row = panel.iso3.index(episode.iso3)  # type: ignore[attr-defined]
    first, last = (calendar.month_index(getattr(episode, edge)) for edge in ("start", "end"))
    return bool(marks[row, first : last + 1].any())


def _decade(months: pd.Series) -> pd.Series:
    first = (months.dt.year // 10 * 10).clip(lower=1990)
    return first.map(lambda year: "1989-1999" if year == 1990 else f"{year}-{year + 9}")


def _share(hits: npt.NDArray[np.bool_] | pd.Series) -> float:
    return float(hits.mean()) if len(hits) else float("nan")
