"""A registered version made champion and published."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from data import calendar
from data.panel import panel as panels
from data.settings import settings
from training.forecasting.forecast import Stamp
from training.publication import decision_log, promotion
from training.publication.build import build_publication, write_publication
from training.publication.download import bring
from training.publication.model_bundle import read_bundle
from training.publication.publication import current_info
from training.tracking import model_registry
from training.tracking.records import RegisteredVersion

_REASONS = {
    "promote": "asked for by `chokepoint promote`",
    "rollback": "asked for by `chokepoint rollback`",
    "registry": "champion in the registry, and its publication was another's or damaged",
}


def take_over(to: RegisteredVersion, by: str) -> dict[str, Any]:
    """Publish a version and make it champion, in one change that the next job ends where this one dies."""
    panel = panels.load()
    held, candidate = model_registry.champion(), model_registry.challenger()
    beside = candidate if candidate is not None and candidate.version != to.version else None
    identity = f"{len(decision_log.read()):04d}-{by}"
    work = settings().home / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        edition = _edition(to, Path(scratch) / "champion")
        shadow = (_edition(beside, Path(scratch) / "challenger"), beside) if beside else None
        stamp = Stamp(to.version, pd.Timestamp(calendar.now()).tz_localize(None).floor("s"), panel.vintage)
        issue = build_publication(edition, to, panel, stamp.issued_at, shadow)
        key = str(current_info(settings().published).get("work_key", ""))
        name = write_publication(settings().published, issue, to, stamp, key, identity)
    outcome = {"by": by, "outcome": "promoted", "champion": to.version, "reason": _REASONS[by]}
    change = promotion.Promotion(
        identity=identity,
        issue=name,
        held=held.version if held else "",
        champion=to,
        candidate=beside,
        tagged=to,
        tags={name: outcome[name] for name in ("outcome", "reason")},
        line=outcome,
    )
    if promotion.promote(change) is None:
        raise OSError("the champion was changed by somebody else at the same moment; look, and run it again")
    return {**outcome, "published": name}


def _edition(registered: RegisteredVersion, destination: Path) -> Any:
    why = bring(registered, destination)
    if why:
        raise LookupError(why)
    return read_bundle(destination)
