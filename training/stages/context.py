"""The context of one retraining: its panel, its checkpoints, and the outputs of its finished stages."""

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
from training.evaluation.backtest import Backtest, restore_backtest
from training.forecasting.forecast import Provenance
from training.publication.model_bundle import CANDIDATE, ModelBundle, read_bundle
from training.stages import timing
from training.stages.cache import Cache
from training.stages.checkpoints import Checkpoints
from training.stages.resource_usage import ResourceUsage
from training.tracking.records import RegisteredVersion


@dataclass(frozen=True)
class Job:
    """One retraining: the panel in force, the first origin of its backtest, and its checkpoints."""

    panel: Panel
    first: pd.Timestamp
    checkpoints: Checkpoints
    clock: timing.Clock
    usage: ResourceUsage
    progress: Progress
    trained_from: pd.Timestamp = FIRST_TRAINING_ORIGIN
    backfilled: bool = False
    """Whether it is of a past month, retrained on the panel as of then."""

    @property
    def cache(self) -> Cache:
        """The cache shared with earlier and later jobs."""
        return Cache(settings().home)

    @property
    def newest(self) -> pd.Timestamp:
        """The newest origin."""
        return calendar.month_at(self.panel.last)

    @cached_property
    def rows(self) -> LabelledRows:
        """Features of every origin with their outcomes."""
        features = pd.read_parquet(self.checkpoints.path("features") / "features.parquet")
        return label_rows(self.panel, features, outcomes(self.panel))

    @property
    def newest_capitals(self) -> list[str]:
        """ISO3 codes of the rows of the newest origin."""
        return list(self.rows.features.loc[self.rows.origin_index == self.panel.last, "iso3"])

    @cached_property
    def backtest(self) -> Backtest:
        """The backtest."""
        path = self.checkpoints.path("backtest") / "hazards.npz"
        return restore_backtest(path, self.rows, rolling_folds(self.first, self.newest))

    @cached_property
    def scored(self) -> judge.ScoreTables:
        """Scores of the backtest, and their differences."""
        return judge.ScoreTables(*(self.table("scores", name) for name in ("skill", "differences")))

    @property
    def challenger(self) -> ModelBundle:
        """The new version's bundle."""
        return read_bundle(self.checkpoints.path("edition"))

    @property
    def registered(self) -> RegisteredVersion:
        """The version that the bundle is registered as."""
        return RegisteredVersion(**self.result("record"))

    @property
    def provenance(self) -> Provenance:
        """The provenance of rows whose version has no number yet."""
        return Provenance(CANDIDATE, calendar.timestamp_now(), self.panel.vintage)

    def table(self, stage: str, name: str) -> pd.DataFrame:
        """Read a table of a finished stage."""
        return pd.read_parquet(self.checkpoints.path(stage) / f"{name}.parquet")

    def result(self, stage: str) -> dict[str, str]:
        """Read the result that a finished stage wrote as JSON."""
        return dict(json.loads((self.checkpoints.path(stage) / RESULT).read_text()))


RESULT = "note.json"


def write_result(folder: Path, content: object) -> None:
    """Write a stage's result as JSON into its folder."""
    (folder / RESULT).write_text(json.dumps(content, indent=1) + "\n")
