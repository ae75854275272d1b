"""`chokepoint episodes check`: how far the catalogue and the rules agree, in the terminal, as JSON and in the catalogue's README."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from serving.cli.console import Json, console

if TYPE_CHECKING:
    import pandas as pd

    from data.panel.panel import Panel

episodes_app = typer.Typer(no_args_is_help=True, help="The catalogue of episodes.")
README = Path(__file__).parents[2] / "data" / "reference" / "README.md"
_OPENING, _CLOSING = "<!-- agreement -->", "<!-- /agreement -->"
_HEADS = {
    "same_target": "in an episode of its target",
    "any_kind": "of any kind",
    "share": "share",
    "radius_km": "radius, km",
    "in_episodes": "inside an episode",
    "fighting_episodes": "fighting episodes seen",
    "episodes_found": "with a rule month",
    "later": "later episodes",
    "by_rule": "begun by rule",
    "other_kind": "only another kind",
}
_SHARES = {"share", "in_episodes", "episodes_found"}


@dataclass(frozen=True)
class Section:
    """One table of the check: its name in JSON, its title, and its rows."""

    name: str
    title: str
    rows: pd.DataFrame


def sections(panel: Panel, cut: pd.Timestamp) -> list[Section]:
    """Compute every table of the check; the catalogue is truncated after `cut` for the last one."""
    from data import calendar
    from data.panel.rule_agreement import episodes_found, held_out, months_confirmed, sensitivity

    if not 0 <= calendar.month_index(cut) < panel.known_to:
        raise ValueError(
            f"--cut {cut:%Y-%m} leaves nothing to compare: the catalogue reaches from {calendar.FIRST_MONTH:%Y-%m} to "
            f"{calendar.month_at(panel.known_to):%Y-%m}; choose a month inside"
        )
    return [
        Section(
            "episodes",
            "Episodes of the catalogue in which the rule of their target finds a month",
            episodes_found(panel),
        ),
        Section("months", "Months found by rule that lie inside an episode of the catalogue", months_confirmed(panel)),
        Section("sensitivity", "The fighting rule at other radii and numbers of deaths", sensitivity(panel)),
        Section(
            "held_out",
            f"The catalogue truncated after {cut:%Y-%m} and extended by rule, against its later episodes",
            held_out(panel, cut),
        ),
    ]


@episodes_app.command("check")
def check(
    cut: Annotated[
        str, typer.Option(help="Month after which the catalogue is truncated and extended by rule.")
    ] = "2015-12",
    write: Annotated[bool, typer.Option("--write", help="Write the tables into data/reference/README.md.")] = False,
    as_json: Json = False,
) -> None:
    """Compare the catalogue with the three rules, by kind and decade, and its extension by rule with the later catalogue."""
    from data import calendar
    from data.panel import panel as panels
    from data.panel.episode_extension import CATALOGUE
    from data.panel.rule_agreement import unconfirmed

    panel = panels.load()
    tables = sections(panel, calendar.parse_month(cut))
    apart = unconfirmed(panel)
    by_rule = panel.episodes[panel.episodes["source"] != CATALOGUE]
    if write:
        fill_readme(markdown(tables, panel, cut))
    if as_json:
        content = {s.name: json.loads(s.rows.to_json(orient="records")) for s in tables}
        dated = {"unconfirmed": _dated(apart), "extension": _dated(by_rule)}
        console.print_json(json.dumps(content | dated | {"cut": cut, "data_vintage": panel.vintage}))
        return
    for section in tables:
        console.print(f"\n[bold]{section.title}[/]", soft_wrap=True)
        console.print(_table(section))
    listed = ", ".join(f"{r.iso3} {r.month:%Y-%m} ({r.rule})" for r in apart.itertuples())
    console.print(f"Rule months in no episode: {listed or 'none'}", soft_wrap=True)
    reached = f"{calendar.month_at(panel.known_to):%Y-%m}"
    console.print(
        f"Episodes that the rules extend or add after {reached}, where the catalogue ends: {len(by_rule) or 'none'}"
    )
    for episode in by_rule.itertuples():
        console.print(f"  {episode.iso3} {episode.kind} {episode.start:%Y-%m}..{episode.end:%Y-%m}: {episode.reason}")


def markdown(tables: list[Section], panel: Panel, cut: str) -> str:
    """Return the tables as Markdown, with the vintage of the data behind them."""
    from data.panel.episode_extension import CATALOGUE

    parts = [
        f"Written by `chokepoint episodes check --cut {cut} --write` on data `{panel.vintage}`; the catalogue has "
        f"{len(panel.episodes[panel.episodes['source'] == CATALOGUE])} episodes that count."
    ]
    for section in tables:
        rows = [[_head(c) for c in section.rows], ["---"] * len(section.rows.columns), *_cells(section.rows)]
        parts.append(f"**{section.title}**\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows))
    return "\n\n".join(parts)


def fill_readme(content: str) -> None:
    """Replace the text between the markers in the README beside the catalogue."""
    from data.files.atomic import atomic_write

    text = README.read_text()
    if _OPENING not in text or _CLOSING not in text:
        raise ValueError(f"{README}: no place for the tables; add the lines {_OPENING} and {_CLOSING}")
    head, tail = text.split(_OPENING)[0], text.split(_CLOSING)[1]
    atomic_write(README, lambda draft: draft.write_text(f"{head}{_OPENING}\n{content}\n{_CLOSING}{tail}"))


def written() -> str:
    """Return the tables now in the README."""
    return README.read_text().split(_OPENING)[1].split(_CLOSING)[0].strip()


def _table(section: Section) -> Table:
    table = Table()
    for column in section.rows:
        is_text = section.rows[column].dtype.kind not in "if"
        table.add_column(_head(column), justify="left" if is_text else "right")
    for row in _cells(section.rows):
        table.add_row(*row)
    return table


def _head(column: str) -> str:
    return _HEADS.get(column, column.replace("_", " "))


def _cells(rows: pd.DataFrame) -> list[list[str]]:
    import pandas as pd

    def text(column: str, value: object) -> str:
        if column in _SHARES:
            return "" if pd.isna(value) else f"{value:.0%}"
        return str(value)

    return [[text(str(c), v) for c, v in row.items()] for row in rows.to_dict("records")]


def _dated(rows: pd.DataFrame) -> list[dict[str, object]]:
    months = {c: rows[c].dt.strftime("%Y-%m") for c in ("month", "start", "end") if c in rows}
    return rows.assign(**months).to_dict("records")
