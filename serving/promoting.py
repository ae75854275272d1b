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
from serving import changeover, decisions
from serving.bringing import bring
from serving.edition import read_edition
from serving.locking import only_job
from serving.publication import current_info
from serving.publish import issue_of, write_issue
from training import promote, tracking
from training.forecast import Stamp
from training.records import Registered

console = Console()
_REASONS = {
    "promote": "asked for by `chokepoint promote`",
    "rollback": "asked for by `chokepoint rollback`",
    "registry": "champion in the registry, and its publication was another's or damaged",
}


def promote_version(number: str, as_json: bool) -> None:
    """Make a version champion and publish it."""
    with only_job(settings().home, f"promote {number}"):
        changeover.finish()
        _show(take_over(tracking.version(number), "promote"), as_json)


def rollback(as_json: bool) -> None:
    """Make the version that was champion before the present one champion again, and publish it."""
    with only_job(settings().home, "rollback"):
        changeover.finish()
        held = tracking.holder(tracking.ALIAS)
        if held is None:
            raise LookupError("there is no champion to roll back: run `chokepoint retrain`")
        _show(take_over(tracking.version(decisions.champion_before(held.version)), "rollback"), as_json)


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


def take_over(to: Registered, by: str) -> dict[str, Any]:
    """Publish a version and make it champion, in one change that the next job ends where this one dies."""
    panel = panels.load()
    held, candidate = tracking.holder(tracking.ALIAS), tracking.holder(tracking.CHALLENGER)
    beside = candidate if candidate is not None and candidate.version != to.version else None
    identity = f"{len(decisions.read()):04d}-{by}"
    work = settings().home / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        edition = _edition(to, Path(scratch) / "champion")
        shadow = (_edition(beside, Path(scratch) / "challenger"), beside) if beside else None
        stamp = Stamp(to.version, pd.Timestamp(calendar.now()).tz_localize(None).floor("s"), panel.vintage)
        issue = issue_of(edition, to, panel, stamp.issued_at, shadow)
        key = str(current_info(settings().published).get("work_key", ""))
        name = write_issue(settings().published, issue, to, stamp, key, identity)
    outcome = {"by": by, "outcome": "promoted", "champion": to.version, "reason": _REASONS[by]}
    change = changeover.Change(
        identity=identity,
        issue=name,
        held=held.version if held else "",
        champion=to,
        candidate=beside,
        tagged=to,
        tags={name: outcome[name] for name in ("outcome", "reason")},
        line=outcome,
    )
    if changeover.make(change) is None:
        raise OSError("the champion was changed by somebody else at the same moment; look, and run it again")
    return {**outcome, "published": name}


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
