"""One retraining on its way: the panel in force, its work, and what its finished stages left."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from data import calendar
from data.panel.panel import Panel
from data.progress import Progress
from data.settings import settings
from training.dataset.folds import FIRST_TRAINING_ORIGIN, rolling_folds
from training.dataset.rows import LabelledRows, label_rows
from training.dataset.target import outcomes
from training.evaluation import judge
from training.evaluation.backtest import Backtest, read_backtest
from training.forecasting.forecast import Stamp
from training.job import timing
from training.job.cache import Kept
from training.job.checkpoints import Work
from training.job.resource_usage import Load
from training.publication.model_bundle import CANDIDATE, ModelBundle, read_bundle
from training.tracking.records import RegisteredVersion


@dataclass(frozen=True)
class Job:
    """One retraining: the panel in force, the first origin of its backtest, and its work."""

    panel: Panel
    first: pd.Timestamp
    work: Work
    clock: timing.Clock
    load: Load
    progress: Progress
    trained_from: pd.Timestamp = FIRST_TRAINING_ORIGIN
    backfilled: bool = False
    """Whether it makes a past month afterwards, as it would have been made then."""

    @property
    def kept(self) -> Kept:
        """What jobs before have left, and later ones will find."""
        return Kept(settings().home)

    @property
    def newest(self) -> pd.Timestamp:
        """The newest origin."""
        return calendar.month_at(self.panel.last)

    @cached_property
    def rows(self) -> LabelledRows:
        """Features of every origin with what followed."""
        features = pd.read_parquet(self.work.path("features") / "features.parquet")
        return label_rows(self.panel, features, outcomes(self.panel))

    @property
    def newest_capitals(self) -> list[str]:
        """ISO3 codes of the rows of the newest origin."""
        return list(self.rows.features.loc[self.rows.origin_index == self.panel.last, "iso3"])

    @cached_property
    def tested(self) -> Backtest:
        """The backtest."""
        path = self.work.path("backtest") / "hazards.npz"
        return read_backtest(path, self.rows, rolling_folds(self.first, self.newest))

    @cached_property
    def scored(self) -> judge.ScoreTables:
        """Scores and differences."""
        return judge.ScoreTables(*(self.table("scores", name) for name in ("skill", "differences")))

    @property
    def challenger(self) -> ModelBundle:
        """What this retraining made."""
        return read_bundle(self.work.path("edition"))

    @property
    def registered(self) -> RegisteredVersion:
        """The version it was registered as."""
        return RegisteredVersion(**self.note("record"))

    @property
    def stamp(self) -> Stamp:
        """The stamp of rows that have no version yet."""
        now = pd.Timestamp(calendar.now()).tz_localize(None).floor("s")
        return Stamp(CANDIDATE, now, self.panel.vintage)

    def table(self, stage: str, name: str) -> pd.DataFrame:
        """Read a table of a finished stage."""
        return pd.read_parquet(self.work.path(stage) / f"{name}.parquet")

    def note(self, stage: str) -> dict[str, str]:
        """Read the note of a finished stage."""
        return dict(json.loads((self.work.path(stage) / "note.json").read_text()))


def write_note(folder: Path, content: object) -> None:
    """Write a stage's note."""
    (folder / "note.json").write_text(json.dumps(content, indent=1) + "\n")
