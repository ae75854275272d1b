"""An edition of the model on the panel in force to a publication: forecasts, drivers, scores, figures, the model's files."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from data import calendar
from data.contracts.forecasts import FORECASTS, TARGETS
from data.panel.panel import Panel
from data.reference_tables import states
from training.dataset.folds import LABEL_LAG_MONTHS, PAST_ORIGINS
from training.dataset.rows import LabelledRows
from training.evaluation.backtest import Backtest
from training.evaluation.slices import REPORTED_HORIZONS
from training.explanation.drivers import drivers
from training.figures import backtest as figures
from training.forecasting.forecast import Stamp, forecast, rows_of
from training.forecasting.forecast import states as going_on_in
from training.forecasting.intervals import Spread
from training.models.base import HazardModel
from training.models.registry import CHAMPION
from training.publication.model_bundle import CANDIDATE, ModelBundle, reforecast
from training.publication.publication import TABLES, is_intact, stage_publication
from training.tracking import model_card
from training.tracking.records import RegisteredVersion


@dataclass(frozen=True)
class PublicationContent:
    """What is published: rows of contracts.FORECASTS, drivers of the newest origin, scores, the model's files, figures, and the model card."""

    forecasts: pd.DataFrame
    drivers: pd.DataFrame
    skill: pd.DataFrame
    differences: pd.DataFrame
    history: pd.DataFrame
    inputs: pd.DataFrame
    situations: pd.DataFrame
    shadow: pd.DataFrame
    model: Path
    figures: Mapping[str, Path | Figure]
    title: str
    card: str


def current_forecasts(
    panel: Panel,
    rows: LabelledRows,
    backtest: Backtest,
    model: HazardModel,
    previous: HazardModel,
    stamp: Stamp,
    spread: Spread | None = None,
) -> pd.DataFrame:
    """Return the newest origin's forecasts, last month's as a refit of last month makes them, and older ones of the backtest.

    `model` was fitted at the newest origin and `previous` at the one before, so that the change between the two origins
    is the one a reader of both issues would have seen. `spread`, of every row of the newest origin, gives that one intervals.
    """
    listed = set(states()["iso3"])
    newest = panel.last
    shown = rows.features.loc[rows.origin_index == newest, "iso3"].isin(listed).to_numpy()
    own = {target: of_rows[shown] for target, of_rows in spread.items()} if spread else None
    parts = [
        forecast(fitted, _at(rows, index, listed).features, Stamp(version, stamp.issued_at, stamp.data_vintage), reach)
        for fitted, index, version, reach in (
            (model, newest, stamp.model_version, own),
            (previous, newest - 1, "backtest", None),
        )
    ]
    kept = backtest.rows.origin_index >= newest - PAST_ORIGINS
    kept &= (backtest.rows.origin_index < newest - 1) & backtest.rows.features["iso3"].isin(listed).to_numpy()
    if kept.any():
        hazards = {t: h[kept] for t, h in backtest.hazards[CHAMPION].items()}
        past = rows_of(
            CHAMPION,
            hazards,
            backtest.rows.features[kept],
            Stamp("backtest", stamp.issued_at, stamp.data_vintage),
        )
        parts.append(past)
    return FORECASTS.validate(
        pd.concat(parts, ignore_index=True).sort_values(["origin", "iso3", "target", "horizon"], ignore_index=True)
    )


def history(backtest: Backtest, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the champion's risks at every origin of the backtest and of `forecasts`, which come first where both speak.

    One row an origin, capital and target, one float32 column a reported horizon; NaN while an episode is going on.
    """
    rows = backtest.rows.features.reset_index(drop=True)
    keep = rows["iso3"].isin(states()["iso3"]).to_numpy()
    going_on = going_on_in(rows)
    parts = [_wide(forecasts)]
    for target in TARGETS:
        found = rows[["origin", "iso3"]].assign(target=target)
        for horizon in REPORTED_HORIZONS:
            found[f"h{horizon}"] = np.where(going_on[target], np.nan, backtest.risk(CHAMPION, target, horizon))
        parts.append(found[keep])
    return _joined(parts)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Join histories, the first first, into one row an origin, capital and target."""
    names = {"iso3": "str", "target": "str"}
    joined = pd.concat([part.astype(names) for part in parts], ignore_index=True)
    joined = joined.drop_duplicates(["origin", "iso3", "target"])
    joined = joined.sort_values(["iso3", "target", "origin"], ignore_index=True)
    risks = {f"h{h}": joined[f"h{h}"].round(6).astype("float32") for h in REPORTED_HORIZONS}
    return joined.assign(**risks).astype({"iso3": "category", "target": "category"})


def _wide(forecasts: pd.DataFrame) -> pd.DataFrame:
    reported = forecasts[forecasts["horizon"].isin(REPORTED_HORIZONS)]
    keys = ["origin", "iso3", "target"]
    wide = reported.pivot(index=keys, columns="horizon", values="risk")
    return wide.rename(columns=lambda h: f"h{h}").rename_axis(columns=None).reset_index()


def explain(panel: Panel, rows: LabelledRows, model: HazardModel) -> pd.DataFrame:
    """Return the drivers of the newest origin's risks."""
    listed = set(states()["iso3"])
    return drivers(model, _at(rows, panel.last, listed).features)


def build_publication(
    edition: ModelBundle,
    registered: RegisteredVersion,
    panel: Panel,
    issued_at: pd.Timestamp,
    shadow: tuple[ModelBundle, RegisteredVersion] | None = None,
) -> PublicationContent:
    """Put together what is published of a version, with the forecasts of the candidate beside it where there is one."""
    current = reforecast(edition, panel)
    forecasts = _stamped(current.forecasts, registered, issued_at)
    beside = forecasts.head(0)
    if shadow is not None:
        rows = _stamped(reforecast(shadow[0], panel).forecasts, shadow[1], issued_at)
        beside = rows[rows["origin"] == rows["origin"].max()].reset_index(drop=True)
    drawn: dict[str, Path | Figure] = dict(edition.figures)
    if current is not edition:
        drawn |= {
            "ranking.png": figures.ranking(forecasts, panel.units),
            "risk_map.png": figures.risk_map(forecasts, panel.units),
        }
    kept = {name: edition.table(name) for name in ("skill", "differences", "inputs", "situations")}
    past = _joined([_wide(forecasts), edition.table("history")])
    return PublicationContent(
        forecasts=forecasts,
        drivers=current.drivers,
        history=past,
        shadow=beside,
        model=edition.folder / "model",
        figures=drawn,
        title=str(edition.about["title"]),
        card=edition.card,
        **kept,
    )


def write_publication(
    published: Path,
    issue: PublicationContent,
    registered: RegisteredVersion,
    stamp: Stamp,
    key: str,
    decision: str,
    *,
    backfilled: bool = False,
) -> str:
    """Write an issue that nobody reads yet and return its name; one of the same decision that is there and whole stands."""
    origin = issue.forecasts["origin"].max()
    name = f"{origin:%Y-%m}-v{registered.version}-{decision}"
    if is_intact(published / name):
        return name
    info = {
        "origin": f"{origin:%Y-%m}",
        "model": str(issue.forecasts["model"].iloc[-1]),
        "title": issue.title,
        "registered_model": registered.name,
        "model_version": registered.version,
        "run_id": registered.run_id,
        "data_vintage": stamp.data_vintage,
        "issued_at": stamp.issued_at.isoformat(timespec="seconds"),
        "as_of": calendar.as_of(origin).isoformat(timespec="seconds"),
        "label_lag_months": LABEL_LAG_MONTHS,
        "work_key": key,
        "decision": decision,
        "backfilled": backfilled,
    }

    def fill(folder: Path) -> None:
        for table in TABLES:
            getattr(issue, table).to_parquet(folder / f"{table}.parquet", index=False, compression="zstd")
        (folder / "figures").mkdir()
        for file, figure in issue.figures.items():
            if isinstance(figure, Path):
                shutil.copyfile(figure, folder / "figures" / file)
            else:
                figure.savefig(folder / "figures" / file, dpi=100)
        (folder / model_card.FILE).write_text(issue.card)
        (folder / "publication.json").write_text(json.dumps(info, indent=1) + "\n")
        shutil.copytree(issue.model, folder / "model")

    stage_publication(published, name, fill)
    return name


def _stamped(forecasts: pd.DataFrame, registered: RegisteredVersion, issued_at: pd.Timestamp) -> pd.DataFrame:
    """Give rows made by the version its number, and all of them the moment at which they are issued."""
    number = forecasts["model_version"].where(forecasts["model_version"] != CANDIDATE, registered.version)
    moment = pd.Series(issued_at, index=forecasts.index).astype("datetime64[us]")
    return FORECASTS.validate(forecasts.assign(model_version=number, issued_at=moment))


def _at(rows: LabelledRows, index: int, listed: set[str]) -> LabelledRows:
    return rows.take((rows.origin_index == index) & rows.features["iso3"].isin(listed).to_numpy())
