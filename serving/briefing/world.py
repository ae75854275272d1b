"""The briefing of the world: highest risks, changes, ongoing episodes, and the reliability of the forecasts."""

import pandas as pd

from serving.briefing import figures
from serving.briefing.blocks import Block, Brief, Bullets, Heading, Picture, Table, Text
from serving.briefing.facts import HOW_TO_READ, JUDGED_HORIZON, LICENCE, Facts
from serving.briefing.world_figure import world_figure
from serving.queries import wording
from serving.queries.capital import ongoing_at
from serving.queries.changes import changes
from serving.queries.ranking import rank
from training.evaluation.slices import REPORTED_HORIZONS

SHOWN, MOVED, GOING_ON = 10, 4, 12
LEAST_MOVE = 0.005
"""Half a point: smaller changes are not listed."""


def world_brief(facts: Facts) -> Brief:
    """Return the two pages about the world."""
    ranked = rank(facts.rows, JUDGED_HORIZON)
    calm = ranked[ranked["state"] == "calm"]
    first = facts.served.capitals.loc[calm["iso3"].iloc[0]]
    lead = (
        f"Of {len(ranked)} capitals, {_are(len(ranked) - len(calm))} disrupted at the end of {wording.month(facts.origin)}. Of the others ({facts.calm}) "
        f"{first['capital']} has the highest risk: {wording.odds(calm['score'].iloc[0])} within six months; the typical capital: {_small(wording.odds(facts.median('disruption', 6)))}."
    )
    page_1: list[Block] = [
        Text(lead, "lead"),
        Text(facts.data_status(), "note"),
        Heading("The ten other capitals at highest risk"),
        _table(facts, calm),
        Text("Risk that any disruption begins within 1, 3, 6 and 12 months.", "note"),
        Heading("Changes since the month before"),
        Bullets(_moves(facts, calm)),
        Heading("Going on now"),
        Text(_going_on(facts, ranked)),
        Picture(
            world_figure(facts, ranked),
            "Map of the capitals, larger with risk, the ten highest numbered as in the table; disrupted ones are squares.",
        ),
    ]
    page_2: list[Block] = [
        Heading("How to read it"),
        Bullets(HOW_TO_READ),
        Heading("How past forecasts turned out"),
        Text(facts.track_record()),
        Picture(figures.calibration(facts), "Observed frequency against forecast risk, in groups of past forecasts."),
        Heading("Missing data"),
        Bullets(facts.feeds() or ["Every feed was on time."]),
        Text("Missing data count as unknown, not as peace: the model then relies on its other inputs.", "note"),
        Heading("Limits"),
        Bullets(
            [
                "The catalogue of past disruptions is curated by hand; its last months are added by rules that detect no uprising.",
                "Where the locations of attacks are not reported, attacks on roads cannot be seen, and a siege shows late.",
                "A ranking is not a plan: a capital that is not listed can still be disrupted.",
            ]
        ),
    ]
    title = "Risk of disruption in the world's capitals"
    subtitle = f"Briefing, end of {wording.month(facts.origin)}"
    return Brief(f"brief_{facts.origin:%Y-%m}", title, subtitle, (page_1, page_2), facts.provenance, LICENCE)


def _table(facts: Facts, calm: pd.DataFrame) -> Table:
    disruption = facts.rows[facts.rows["target"] == "disruption"].pivot(index="iso3", columns="horizon", values="risk")
    rows = []
    for place, code in enumerate(calm["iso3"].head(SHOWN), 1):
        at, risk = facts.served.capitals.loc[code], disruption.loc[code]
        risks = [wording.percent(risk[h]) for h in REPORTED_HORIZONS]
        rows.append([str(place), f"{at['capital']}, {at['country']}", *risks, wording.odds(risk[6])])
    header = ["", "Capital", *(f"{h} mo." for h in REPORTED_HORIZONS), "Within six months"]
    return Table(header, rows, (0.04, 0.36, 0.09, 0.09, 0.09, 0.09, 0.24), (2, 3, 4, 5))


def _moves(facts: Facts, calm: pd.DataFrame) -> list[str]:
    """Return the largest changes since the origin before: by new information where it is known, which it is at the newest origin."""
    if facts.before.empty:
        return ["The month before has no forecast."]
    news = changes(facts.served, "disruption", JUDGED_HORIZON) if facts.origin == facts.served.newest_origin else None
    if news is not None and not news.feeds:
        return ["No input is newer than it was then: nothing new was learned, and no rise or fall is news."]
    if news is not None:
        moves = {c.iso3: (c.now, c.information) for c in news.capitals.values() if c.state == c.state_before == "calm"}
    else:
        before = rank(facts.before, JUDGED_HORIZON).set_index("iso3")
        was = before["score"].where(before["state"] == "calm")
        now = calm.set_index("iso3")["score"]
        moves = {c: (now[c], now[c] - was[c]) for c in now.index if c in was.index}
    up = sorted((c for c in moves if moves[c][1] >= LEAST_MOVE), key=lambda c: -moves[c][1])[:MOVED]
    down = sorted((c for c in moves if moves[c][1] <= -LEAST_MOVE), key=lambda c: moves[c][1])[:MOVED]

    def listed(codes: list[str]) -> str:
        parts = [
            f"{facts.served.capitals.at[c, 'capital']} {wording.change(moves[c][1], 0.0)}, to {wording.percent(moves[c][0])}"
            for c in codes
        ]
        return "; ".join(parts) or "nothing by half a point or more"

    why = "" if news is None else " by new information"
    lines = [f"Up{why}: {listed(up)}.", f"Down{why}: {listed(down)}."]
    return lines if news is None else [*lines, f"New: {'; '.join(news.feeds)}."]


def _going_on(facts: Facts, ranked: pd.DataFrame) -> str:
    disrupted = ranked.loc[ranked["state"] == "ongoing", "iso3"]
    parts = []
    for code in disrupted.head(GOING_ON):
        episodes = [e for e in ongoing_at(facts.served, code, facts.origin) if e.kind != "attack"]
        parts.append(f"{facts.served.capitals.at[code, 'capital']} ({wording.going_on(episodes)})")
    more = len(disrupted) - len(parts)
    return (
        ("; ".join(parts) + (f"; and {more} more" if more > 0 else "") + ".") if parts else "No capital is disrupted."
    )


def _are(count: int) -> str:
    return f"{count} is" if count == 1 else f"{count or 'none'} are"


def _small(text: str) -> str:
    return text.removeprefix("about ")
