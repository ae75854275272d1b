"""`chokepoint promote`, `rollback`, `compare` and `track-record`: the champion by hand, and how its forecasts turned out."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from serving.cli.console import NARROW, Json, console

if TYPE_CHECKING:
    import pandas as pd


def promote(
    version: Annotated[str, typer.Argument(help="Number of the registered version.")], as_json: Json = False
) -> None:
    """Make a registered version champion by hand and publish it."""
    from data.files.job_lock import job_lock
    from data.settings import settings
    from training.publication import promotion
    from training.publication.version_promotion import promote_version
    from training.tracking import model_registry

    with job_lock(settings().home, f"promote {version}"):
        promotion.resume()
        _print_change(promote_version(model_registry.registered_version(version), "promote"), as_json)


def rollback(as_json: Json = False) -> None:
    """Make the version that was champion before the present one champion again, and publish it."""
    from data.files.job_lock import job_lock
    from data.settings import settings
    from training.publication import decision_log, promotion
    from training.publication.version_promotion import promote_version
    from training.tracking import model_registry

    with job_lock(settings().home, "rollback"):
        promotion.resume()
        champion = model_registry.champion()
        if champion is None:
            raise LookupError("there is no champion to roll back: run `chokepoint retrain`")
        before = decision_log.previous_champion(champion.version)
        _print_change(promote_version(model_registry.registered_version(before), "rollback"), as_json)


def compare(
    a: Annotated[str, typer.Argument(help="Number of a registered version.")],
    b: Annotated[str, typer.Argument(help="Number of the version to compare it with.")],
    as_json: Json = False,
) -> None:
    """Compare two registered versions on the origins and rows both have forecast out of fold."""
    from data.panel import panel as panels
    from training.champion import comparison

    panel = panels.load()
    with tempfile.TemporaryDirectory() as scratch:
        tables = {number: _out_of_fold(number, Path(scratch) / number) for number in {a, b}}
    facts = comparison.compare(panel, tables[a], tables[b])
    value, low, high = facts.difference
    content: dict[str, Any] = {
        "a": a,
        "b": b,
        "rows": facts.rows,
        "log_score": {"a": facts.log_score["challenger"], "b": facts.log_score["champion"]},
        "difference": {"value": value, "low_10": low, "high_90": high},
        "forecast_over_happened_a": {w: by["challenger"] for w, by in facts.share_forecast.items()},
        "forecast_over_happened_b": {w: by["champion"] for w, by in facts.share_forecast.items()},
        "average_precision": {t: {"a": p["challenger"], "b": p["champion"]} for t, p in facts.precision.items()},
    }
    if as_json:
        console.print_json(json.dumps(content))
        return
    table = Table("measure", f"version {a}", f"version {b}", title=f"{facts.rows:,} rows both have forecast")
    table.add_row("log score, disruption, all horizons", *(f"{v:.5f}" for v in content["log_score"].values()))
    for target, by in content["average_precision"].items():
        table.add_row(f"average precision, {target}, 6 months", *(f"{v:.4f}" for v in by.values()))
    console.print(table)
    word = "better" if high < 0 else "worse" if low > 0 else "neither better nor worse"
    console.print(
        f"Log score of {a} minus {b}: {value:+.5f} (10th to 90th percentile {low:+.5f} to {high:+.5f}): {a} is {word}."
    )


def track_record(
    figure: Annotated[Path | None, typer.Option(help="File to draw it into, such as record.png.")] = None,
    as_json: Json = False,
) -> None:
    """Score published forecasts whose outcomes are known, and test where they differ from the backtest by more than chance."""
    from data.calendar import month_at
    from data.panel import panel as panels
    from data.settings import settings
    from training.monitoring.live_record import live_track_record
    from training.monitoring.track_record import verdict
    from training.publication import archive
    from training.publication.publication import read_publication

    home = settings().home
    archive.add_current(home, settings().published)
    rows = archive.read(home)
    if rows.empty:
        raise FileNotFoundError(f"nothing was ever published in {home}: run `chokepoint retrain`")
    panel = panels.load()
    known_to = month_at(panel.known_to)
    record = live_track_record(panel, rows, read_publication(settings().published).differences)
    if figure:
        from training.figures.track_record import draw

        draw(record).savefig(figure, dpi=100)
    if as_json:
        lines = json.loads(record.to_json(orient="records"))
        content = {
            "issues": rows["publication_id"].nunique(),
            "known_to": f"{known_to:%Y-%m}",
            "verdict": verdict(record),
            "rows": lines,
        }
        console.print_json(json.dumps(content))
        return
    _print_record(record, rows, known_to)


def _out_of_fold(number: str, folder: Path) -> pd.DataFrame:
    from training.publication.download import download_bundle
    from training.publication.model_bundle import read_bundle
    from training.tracking import model_registry

    download_bundle(model_registry.registered_version(number), folder)
    return read_bundle(folder).table("out_of_fold")


def _print_change(change: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.print_json(json.dumps(change))
    else:
        console.print(f"Version {change['champion']} is champion and published as {change['published']}.")
        if failed := change["failed_checks"]:
            console.print(f"warning: it failed checks when it was decided on: {', '.join(failed)}", markup=False)


def _print_record(record: pd.DataFrame, rows: pd.DataFrame, known_to: pd.Timestamp) -> None:
    import pandas as pd

    from training.monitoring.track_record import EVENTS, HEADLINE, SKILLS, SURE, verdict

    short = {EVENTS: "events / expected", **dict(zip(SKILLS, ("Brier skill", "log score - own hist."), strict=True))}
    publications = rows.drop_duplicates("publication_id")
    console.print(
        f"{len(publications)} publications archived ({int(publications['backfilled'].sum())} backfilled), "
        f"origins {rows['origin'].min():%Y-%m}..{rows['origin'].max():%Y-%m}."
    )
    console.print(f"{HEADLINE[0]} at {HEADLINE[1]} months: {verdict(record)}.", soft_wrap=True)
    console.print(
        f"Outcomes are known to {known_to:%Y-%m}, the catalogue's last month: windows that end later are open and not scored.",
        soft_wrap=True,
    )
    if record.empty:
        return
    table = Table("kind", "target", "h", "onsets", "measure", "observed", "backtest", "p", **NARROW)
    for r in record.itertuples():
        p = "few onsets" if pd.isna(r.p) else f"{r.p:.2f}"
        cells = (str(r.horizon), f"{r.onsets:.0f}", short[r.measure], f"{r.live:+.3f}", f"{r.promised:+.3f}", p)
        table.add_row(r.kind, r.target, *cells, style="bold" if r.p < SURE else None)
    console.print(table)
    judged = record["p"].notna().sum()
    console.print(
        f"{int((record['p'] < SURE).sum())} of {judged} lines differ from the backtest with p < {SURE} (bold); "
        f"chance alone makes about {SURE * judged:.0f}. Lines share onsets: read them together.",
        soft_wrap=True,
    )
