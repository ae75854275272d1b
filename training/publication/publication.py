"""A publication: the forecasts of one champion with everything that is served beside them, in a folder written atomically.

<published>/<id>/*.parquet publication.json model_card.md figures/*.png model/
<published>/current.json                                                     the id that is served
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from training.models.registry import load_model
from training.publication.news import News
from training.tracking import model_card

CURRENT = "current.json"
INFO = "publication.json"


@dataclass(frozen=True)
class PublicationInfo:
    """The provenance of a publication; fields that an earlier release did not write have their defaults."""

    origin: str = ""
    model: str = ""
    title: str = ""
    registered_model: str = ""
    model_version: str = ""
    run_id: str = ""
    data_vintage: str = ""
    issued_at: str = ""
    as_of: str = ""
    label_lag_months: int = 0
    work_key: str = ""
    """Key of the job's checkpoints: a job with the same key has nothing new to publish."""
    decision: str = ""
    backfilled: bool = False
    failed_checks: tuple[str, ...] = ()
    """Checks of the promotion decision that the champion itself fails; empty where none is known."""

    @property
    def publication_id(self) -> str:
        """The identifier, which is the name of the folder."""
        return f"{self.origin}-v{self.model_version}-{self.decision}"


@dataclass(frozen=True)
class PublicationTables:
    """The tables of a publication, each a parquet file of its name."""

    forecasts: pd.DataFrame
    """Rows of contracts.FORECASTS."""
    drivers: pd.DataFrame
    """Drivers of the newest origin's risks (training.explanation.drivers)."""
    skill: pd.DataFrame
    differences: pd.DataFrame
    history: pd.DataFrame
    """The champion's risks at every past origin: origin, iso3, target, and a column `h<horizon>` a reported horizon."""
    inputs: pd.DataFrame
    """The champion's features with their ranges and weights (training.explanation.analogues.inputs)."""
    situations: pd.DataFrame
    """Every past capital-month, encoded for analogues (training.explanation.analogues.encode)."""
    shadow: pd.DataFrame
    """The challenger's forecasts of the newest origin (contracts.FORECASTS); empty where there is no challenger."""


TABLES = tuple(field.name for field in fields(PublicationTables))
NEWS = ("news", "news_feeds")
"""Tables of what is new since the origin before (training.publication.news), which earlier releases did not write."""


@dataclass(frozen=True)
class Publication(PublicationTables):
    """A publication that was read: its tables, its provenance, and its folder."""

    folder: Path
    info: PublicationInfo
    news: News | None = None
    """What is new since the origin before; None where an earlier release published it."""

    @property
    def publication_id(self) -> str:
        """The identifier, which is the name of the folder."""
        return self.folder.name

    @property
    def origin(self) -> pd.Timestamp:
        """The newest origin."""
        return self.forecasts["origin"].max()

    @property
    def card(self) -> str:
        """The model card in Markdown; empty where an earlier release made the version."""
        path = self.folder / model_card.FILE
        return path.read_text() if path.exists() else ""

    @property
    def model_folder(self) -> Path:
        """The champion's native files."""
        return self.folder / "model"


def current_folder(published: Path) -> Path:
    """Return the folder of the current publication.

    Raises:
        FileNotFoundError: nothing is published.
    """
    pointer = published / CURRENT
    if not pointer.exists():
        raise FileNotFoundError(f"nothing is published in {published}: run `make forecast` or `chokepoint retrain`")
    return published / str(json.loads(pointer.read_text())["folder"])


def read_publication(published: Path) -> Publication:
    """Read the current publication.

    Raises:
        FileNotFoundError: nothing is published, or an earlier release published it without a table.
        ValueError: a file is not what it should be.
    """
    return _read(current_folder(published))


def current_info(published: Path) -> PublicationInfo:
    """Return the provenance of the current publication; empty where nothing is published or it cannot be read."""
    try:
        return read_info(current_folder(published))
    except (OSError, ValueError):
        return PublicationInfo()


def read_info(folder: Path) -> PublicationInfo:
    """Read a publication's provenance; unknown fields, of a later release, are ignored."""
    content = json.loads((folder / INFO).read_text())
    if not isinstance(content, dict):
        raise ValueError(f"{folder / INFO}: got {type(content).__name__}, expected an object; run `chokepoint retrain`")  # noqa: TRY004 - the content of a file
    known = {field.name for field in fields(PublicationInfo)}
    kept = {name: value for name, value in content.items() if name in known}
    return PublicationInfo(**kept | {"failed_checks": tuple(kept.get("failed_checks", ()))})


def is_intact(folder: Path) -> bool:
    """Return whether a publication is there, can be read, and has its model's files unaltered."""
    try:
        load_model(_read(folder).model_folder)
    except (OSError, ValueError, TypeError, LookupError):
        return False
    return True


def _read(folder: Path) -> Publication:
    missing = [name for name in TABLES if not (folder / f"{name}.parquet").exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder} has no {', '.join(missing)}: an earlier version published it; run `chokepoint retrain`"
        )
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    return Publication(**tables, folder=folder, info=read_info(folder), news=_read_news(folder))


def _read_news(folder: Path) -> News | None:
    paths = [folder / f"{name}.parquet" for name in NEWS]
    return News(*map(pd.read_parquet, paths)) if all(path.exists() for path in paths) else None
