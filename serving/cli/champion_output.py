"""Champion by hand: promote a version, roll the last change back, compare two versions; each change ends in a publication."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from data.files.job_lock import job_lock
from data.panel import panel as panels
from data.settings import settings
from training.champion import comparison
from training.publication import decision_log, promotion
from training.publication.download import download_bundle
from training.publication.model_bundle import read_bundle
from training.publication.version_promotion import promote_version as publish_version
from training.tracking import model_registry

console = Console()


def promote_version(number: str, as_json: bool) -> None:
    """Make a version champion and publish it."""
    with job_lock(settings().home, f"promote {number}"):
        promotion.resume()
        _show(publish_version(model_registry.registered_version(number), "promote"), as_json)


def rollback(as_json: bool) -> None:
    """Make the version that was champion before the present one champion again, and publish it."""
    with job_lock(settings().home, "rollback"):
        promotion.resume()
        held = model_registry.champion()
        if held is None:
            raise LookupError("there is no champion to roll back: run `chokepoint retrain`")
        _show(
            publish_version(
                model_registry.registered_version(decision_log.previous_champion(held.version)), "rollback"
            ),
            as_json,
        )


def compare(a: str, b: str, as_json: bool) -> None:
    """Print how version A does against version B on the origins and rows both have forecast."""
    panel = panels.load()
    with tempfile.TemporaryDirectory() as scratch:
        tables = {n: _out_of_fold(n, Path(scratch) / n) for n in {a, b}}
    facts = comparison.compare(panel, tables[a], tables[b])
    value, low, high = facts.difference
    content: dict[str, Any] = {
        "a": a,
        "b": b,
        "rows": facts.rows,
        "log_score": {"a": facts.log_score["challenger"], "b": facts.log_score["champion"]},
        "difference": {"value": value, "low_10": low, "high_90": high},
        "forecast_over_happened_a": dict(facts.share_forecast),
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


def _show(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.print_json(json.dumps(done))
    else:
        console.print(f"Version {done['champion']} is champion and published as {done['published']}.")


def _out_of_fold(number: str, folder: Path) -> pd.DataFrame:
    download_bundle(model_registry.registered_version(number), folder)
    return read_bundle(folder).table("out_of_fold")
