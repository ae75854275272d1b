"""The plan of a retraining: every stage with what it would do now and why (`--dry-run`)."""

from data import calendar
from data.panel import folder
from data.settings import settings
from training.dataset.folds import require_scored_origin
from training.job.options import Options, checkpoint_key
from training.job.pipeline import STAGES
from training.job.unchanged import already_published
from training.publication import promotion
from training.publication.publication import current_folder
from training.stages.checkpoints import Checkpoints

PARTLY_CACHED = {
    "features": "would run, for origins that no job has built from this panel yet",
    "backtest": "would run, for years of which anything they learn from has changed",
}


def plan(options: Options) -> list[tuple[str, str]]:
    """Return every stage with a sentence about what it would do; nothing is written.

    Raises:
        ValueError: the backtest would start after the last scored origin.
    """
    panel = options.panel()
    require_scored_origin(options.first, calendar.month_at(panel.last))
    checkpoints = Checkpoints(settings().home, checkpoint_key(panel, options))
    newest = f"{calendar.month_at(panel.last):%Y-%m}"
    lines = [
        ("ingest", "downloads every open source" if options.ingest else "off: give --ingest or set CHOKEPOINT_INGEST"),
        ("panel", f"{panel.vintage}, newest origin {newest}, from {folder.panel_folder()}"),
    ]
    if pending := promotion.pending():
        lines.insert(
            0, ("resume", f"would finish a promotion: {pending.publication_id} becomes the current publication")
        )
    if already_published(checkpoints):
        name = current_folder(settings().published).name
        return [*lines, ("publish", f"nothing new: {name} was made of this data by this code")]
    for stage in STAGES:
        done = f"done already, in {checkpoints.path(stage.name)}"
        lines.append((stage.name, done if checkpoints.has(stage.name) else PARTLY_CACHED.get(stage.name, "would run")))
    return [
        *lines,
        (
            "publish",
            "would write the champion's forecasts, with the challenger's beside them where the champion is kept",
        ),
        ("promotion", "would promote or keep, by the comparison, and make that publication the current one"),
        ("alert", "would raise and deliver alerts by rule"),
    ]
