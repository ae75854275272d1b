"""Building a publication: a registered version's bundle, on the panel in force, with the challenger's forecasts beside it."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from data import calendar
from data.contracts.forecasts import FORECASTS
from data.panel.panel import Panel
from training.dataset.folds import LABEL_LAG_MONTHS
from training.figures import backtest as figures
from training.publication.forecast_tables import prepend_history
from training.publication.model_bundle import CANDIDATE, ModelBundle
from training.publication.news import News, news_at
from training.publication.publication import INFO, NEWS, TABLES, PublicationInfo, PublicationTables, is_intact
from training.publication.reforecast import reforecast
from training.publication.staging import stage_publication
from training.tracking import model_card
from training.tracking.records import RegisteredVersion


@dataclass(frozen=True)
class RegisteredBundle:
    """A model bundle and the version that it is registered as."""

    bundle: ModelBundle
    version: RegisteredVersion


@dataclass(frozen=True)
class PublicationContent(PublicationTables):
    """Everything that a publication's folder will contain; figures are files to copy, or drawn anew."""

    info: PublicationInfo
    news: News
    model: Path
    figures: Mapping[str, Path | Figure]
    card: str


def build_publication(
    champion: RegisteredBundle,
    panel: Panel,
    issued_at: pd.Timestamp,
    *,
    challenger: RegisteredBundle | None,
    work_key: str,
    decision: str,
    backfilled: bool = False,
    failed_checks: Sequence[str] = (),
) -> PublicationContent:
    """Return the content of a publication of the champion.

    Args:
        champion: the version to publish; its forecasts are renewed where the panel is newer than its bundle.
        panel: the panel in force.
        issued_at: time of publication, in UTC and without a time zone.
        challenger: the version whose newest forecasts are published beside the champion's, where there is one.
        work_key: key of the job's checkpoints.
        decision: identifier of the decision that publishes it, part of the publication id.
        backfilled: whether it is of a past month, published afterwards.
        failed_checks: names of the checks of a promotion that the champion fails.

    Raises:
        ValueError: the panel ends before the champion's or challenger's newest origin.
    """
    bundle = champion.bundle
    current = reforecast(bundle, panel)
    forecasts = _issued(current.forecasts, champion.version, issued_at)
    shadow = forecasts.head(0)
    if challenger is not None:
        rows = _issued(reforecast(challenger.bundle, panel).forecasts, challenger.version, issued_at)
        shadow = rows[rows["origin"] == rows["origin"].max()].reset_index(drop=True)
    drawn: dict[str, Path | Figure] = dict(bundle.figures)
    if current is not bundle:
        drawn |= {
            "ranking.png": figures.ranking(forecasts, panel.units),
            "risk_map.png": figures.risk_map(forecasts, panel.units),
        }
    origin = forecasts["origin"].max()
    info = PublicationInfo(
        origin=f"{origin:%Y-%m}",
        model=str(forecasts["model"].iloc[-1]),
        title=str(bundle.about["title"]),
        registered_model=champion.version.name,
        model_version=champion.version.version,
        run_id=champion.version.run_id,
        data_vintage=panel.vintage,
        issued_at=issued_at.isoformat(timespec="seconds"),
        as_of=calendar.as_of(origin).isoformat(timespec="seconds"),
        label_lag_months=LABEL_LAG_MONTHS,
        work_key=work_key,
        decision=decision,
        backfilled=backfilled,
        failed_checks=tuple(failed_checks),
    )
    return PublicationContent(
        forecasts=forecasts,
        drivers=current.drivers,
        history=prepend_history(forecasts, bundle.table("history")),
        shadow=shadow,
        **{name: bundle.table(name) for name in ("skill", "differences", "inputs", "situations")},
        info=info,
        news=news_at(bundle.model, panel, origin),
        model=bundle.folder / "model",
        figures=drawn,
        card=bundle.card,
    )


def write_publication(published: Path, content: PublicationContent) -> str:
    """Stage a publication and return its id; an intact one of the same id is left as it is."""
    publication_id = content.info.publication_id
    if is_intact(published / publication_id):
        return publication_id

    def fill(folder: Path) -> None:
        for table in TABLES:
            getattr(content, table).to_parquet(folder / f"{table}.parquet", index=False, compression="zstd")
        for name, rows in zip(NEWS, (content.news.rows, content.news.feeds), strict=True):
            rows.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
        (folder / "figures").mkdir()
        for file, figure in content.figures.items():
            if isinstance(figure, Path):
                shutil.copyfile(figure, folder / "figures" / file)
            else:
                figure.savefig(folder / "figures" / file, dpi=100)
        (folder / model_card.FILE).write_text(content.card)
        (folder / INFO).write_text(json.dumps(asdict(content.info), indent=1) + "\n")
        shutil.copytree(content.model, folder / "model")

    stage_publication(published, publication_id, fill)
    return publication_id


def _issued(forecasts: pd.DataFrame, version: RegisteredVersion, issued_at: pd.Timestamp) -> pd.DataFrame:
    """Return forecasts with the number of their version, which rows made before registration lack, and the time of issue."""
    number = forecasts["model_version"].where(forecasts["model_version"] != CANDIDATE, version.version)
    moment = pd.Series(issued_at, index=forecasts.index).astype("datetime64[us]")
    return FORECASTS.validate(forecasts.assign(model_version=number, issued_at=moment))
