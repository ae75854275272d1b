"""What a retraining would do now, stage by stage, and why."""

from data import calendar
from data.panel import folder
from data.settings import settings
from training.dataset.folds import require_scored_origin
from training.job.checkpoints import Work
from training.job.retrain import Options, done_before, key
from training.job.stages import STAGES
from training.publication import promotion
from training.publication.publication import current_folder

REUSED = {
    "features": "would run, for origins that no job has built from this panel yet",
    "backtest": "would run, for years of which anything they learn from has changed",
}


def plan(options: Options) -> list[tuple[str, str]]:
    """Say, stage by stage, what a retraining would do now and why; nothing is written."""
    panel = options.panel()
    require_scored_origin(options.first, calendar.month_at(panel.last))
    work = Work(settings().home, key(panel, options))
    lines = [
        (
            "ingest",
            "fetches every open source" if options.ingest else "left out: give --ingest or set CHOKEPOINT_INGEST",
        ),
        (
            "panel",
            f"{panel.vintage}, newest origin {calendar.month_at(panel.last):%Y-%m}, from {folder.panel_folder()}",
        ),
    ]
    if begun := promotion.pending():
        lines.insert(0, ("settle", f"would end a change that was begun: {begun.issue} becomes the current issue"))
    if done_before(work):
        name = current_folder(settings().published).name
        return [*lines, ("publish", f"nothing new: {name} was made of this data by this code")]
    for stage in STAGES:
        done = f"done already, in {work.path(stage.name)}"
        lines.append((stage.name, done if work.has(stage.name) else REUSED.get(stage.name, "would run")))
    return [
        *lines,
        ("publish", "would write the champion's forecasts, with the candidate's beside them where it was kept"),
        ("settle", "would promote or keep, by the comparison, and make that issue the current one"),
        ("alert", "would raise and deliver alerts by rule"),
    ]
