"""Champion by hand: promote a version, roll the last change back, compare two versions; each change ends in a publication."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from data import calendar
from data import panel as panels
from data.settings import settings
from serving import decisions, issued
from serving.edition import read_edition
from serving.locking import only_job
from serving.publication import read_publication
from serving.publish import issue_of, publish
from serving.stages import bring
from training import promote, tracking
from training.forecast import Stamp
from training.records import Registered

console = Console()


def promote_version(number: str, as_json: bool) -> None:
    """Make a version champion and publish it."""
    with only_job(settings().home, f"promote {number}"):
        _show(_take_over(tracking.version(number), "promote"), as_json)


def rollback(as_json: bool) -> None:
    """Make the version that was champion before the present one champion again, and publish it."""
    with only_job(settings().home, "rollback"):
        held = tracking.holder(tracking.ALIAS)
        if held is None:
            raise LookupError("there is no champion to roll back: run `chokepoint retrain`")
        _show(_take_over(tracking.version(decisions.champion_before(held.version)), "rollback"), as_json)


def compare(a: str, b: str, as_json: bool) -> None:
    """Print how version A does against version B on the origins and rows both have forecast."""
    panel = panels.load()
    with tempfile.TemporaryDirectory() as scratch:
        tables = {n: _edition(tracking.version(n), Path(scratch) / n).table("out_of_fold") for n in {a, b}}
    facts = promote.compare(panel, tables[a], tables[b])
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


def _take_over(to: Registered, by: str) -> dict[str, Any]:
    """Publish first what the alias will point to, so that no moment has an alias without its publication."""
    issued.keep(settings().home, settings().published)
    panel = panels.load()
    candidate = tracking.holder(tracking.CHALLENGER)
    with tempfile.TemporaryDirectory(dir=settings().home) as scratch:
        edition = _edition(to, Path(scratch) / "champion")
        shadow = None
        if candidate is not None and candidate.version != to.version:
            shadow = (_edition(candidate, Path(scratch) / "challenger"), candidate)
        stamp = Stamp(to.version, pd.Timestamp(calendar.now()).tz_localize(None).floor("s"), panel.vintage)
        issue = issue_of(edition, to, panel, stamp.issued_at, shadow)
        tracking.point(tracking.ALIAS, to)
        if shadow is None and candidate is not None:
            tracking.point(tracking.CHALLENGER, None)
        before = settings().published
        key = str(read_publication(before).info.get("work_key", "")) if (before / "current.json").exists() else ""
        identity = f"{len(decisions.read()):04d}-{by}"
        folder = publish(settings().published, issue, to, stamp, key, identity)
    outcome = {"by": by, "outcome": "promoted", "champion": to.version, "reason": f"asked for by `chokepoint {by}`"}
    decisions.add(identity, outcome)
    tracking.tag(to, {"outcome": "promoted", "reason": outcome["reason"]})
    issued.keep(settings().home, settings().published)
    return {**outcome, "published": folder.name}


def _edition(registered: Registered, destination: Path) -> Any:
    why = bring(registered, destination)
    if why:
        raise LookupError(why)
    return read_edition(destination)


def _show(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.print_json(json.dumps(done))
    else:
        console.print(f"Version {done['champion']} is champion and published as {done['published']}.")
