"""The track record as a command: published forecasts as they turned out, against what was promised."""

import json
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from data.panel import panel as panels
from data.settings import settings
from serving.cli.console import NARROW
from training.monitoring.live_record import live_track_record
from training.monitoring.track_record import EVENTS, HEADLINE, SKILLS, SURE, verdict
from training.publication import archive
from training.publication.publication import read_publication

console = Console()
SHORT = {EVENTS: "events / expected", **dict(zip(SKILLS, ("Brier skill", "log score - own hist."), strict=True))}


def report(figure: Path | None, as_json: bool) -> None:
    """Score every published forecast whose window has closed, and say whether the difference is more than chance."""
    home = settings().home
    archive.add_current(home, settings().published)
    rows = archive.read(home)
    if rows.empty:
        raise FileNotFoundError(f"nothing was ever published in {home}: run `chokepoint retrain`")
    found = live_track_record(panels.load(), rows, read_publication(settings().published).differences)
    if figure:
        from training.figures.track_record import draw

        draw(found).savefig(figure, dpi=100)
    if as_json:
        lines = json.loads(found.to_json(orient="records"))
        content = {"issues": rows["issue"].nunique(), "verdict": verdict(found), "rows": lines}
        console.print_json(json.dumps(content))
        return
    _print(found, rows)


def _print(found: pd.DataFrame, rows: pd.DataFrame) -> None:
    counted = rows.drop_duplicates("issue")
    console.print(
        f"{len(counted)} issues kept ({int(counted['backfilled'].sum())} backfilled), "
        f"origins {rows['origin'].min():%Y-%m}..{rows['origin'].max():%Y-%m}."
    )
    console.print(f"{HEADLINE[0]} at {HEADLINE[1]} months: {verdict(found)}.", soft_wrap=True)
    if found.empty:
        return
    table = Table("kind", "target", "h", "onsets", "measure", "found", "promised", "p", **NARROW)
    for r in found.itertuples():
        p = "few onsets" if pd.isna(r.p) else f"{r.p:.2f}"
        cells = (str(r.horizon), f"{r.onsets:.0f}", SHORT[r.measure], f"{r.live:+.3f}", f"{r.promised:+.3f}", p)
        table.add_row(r.kind, r.target, *cells, style="bold" if r.p < SURE else None)
    console.print(table)
    judged = found["p"].notna().sum()
    console.print(
        f"{int((found['p'] < SURE).sum())} of {judged} lines differ from the promise with p < {SURE} (bold); "
        f"chance alone makes about {SURE * judged:.0f}. Lines share onsets: read them together.",
        soft_wrap=True,
    )
