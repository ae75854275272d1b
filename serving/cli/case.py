"""`chokepoint case`: a capital's past forecasts against what happened, as a figure, a table or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from serving.cli.console import Json, bars, console

if TYPE_CHECKING:
    import pandas as pd

    from training.explanation.case_study import Case


BACKTEST = (
    "Every figure is the backtest's, of a fit made in January of its year; the newest published ones, on the capital's page and "
    "in the API, carry the version of a later fit and may differ."
)


def case(
    country: Annotated[str, typer.Argument(help="ISO3 code of the state, such as MLI.")],
    first: Annotated[str, typer.Option("--from", help="First origin; default the backtest's first.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last origin; default the backtest's last.")] = "",
    target: Annotated[list[str] | None, typer.Option(help="Target to draw; repeat for several. Default: all.")] = None,
    horizon: Annotated[
        list[int] | None,
        typer.Option(min=1, max=12, help="Months ahead; repeat for several. Default: 3 and 12."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="PNG to write; default inside the home folder.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a capital's past forecasts against what happened, with its rank and the inputs that moved."""
    from training.studies.run_case import run

    with bars(quiet=as_json) as progress:
        study, path = run(country, (first, last), target or [], horizon or [], out, progress)
    _print_case(study, path, as_json)


def _print_case(case: Case, path: Path, as_json: bool) -> None:
    """Print a case and where its figure is."""
    if as_json:
        console.print_json(json.dumps(content(case) | {"figure": str(path)}, allow_nan=False))
        return
    header, *lines = table(case, key_origins(case))
    of = case.forecasts["of"]
    shown = Table(
        title=f"{case.capital} ({case.iso3}): risk in percent (rank among {of.min()}-{of.max()} calm capitals)"
    )
    for name in header:
        shown.add_column(name.replace(", ", "\n"), justify="left" if name == "origin" else "right", no_wrap=True)
    for line in lines:
        shown.add_row(*line)
    console.print(shown)
    console.print(BACKTEST, soft_wrap=True)
    for row in case.episodes.itertuples():
        console.print(f"{row.start:%Y-%m}..{row.end:%Y-%m} {row.kind}: {row.reason}", soft_wrap=True)
    if not len(case.episodes):
        console.print("No episode in this span.")
    console.print(f"Figure: {path}", soft_wrap=True)


def key_origins(case: Case) -> list[pd.Timestamp]:
    """Return a year before each onset, the last origin before it and the one at it, and the ends of the span."""
    from data import calendar

    here = {calendar.month_index(origin): origin for origin in case.origins}
    onsets = [calendar.month_index(month) for t in case.targets for month in case.onsets(t)]
    wanted = {min(here), max(here), *(onset - back for onset in onsets for back in (12, 1, 0))}
    return [here[index] for index in sorted(wanted & set(here))]


def table(case: Case, origins: Sequence[pd.Timestamp]) -> list[list[str]]:
    """Return a header and a line per origin: the first target's risk at every horizon, the others' at the longest one."""
    longest = case.horizons[-1]
    columns = [(case.targets[0], horizon) for horizon in case.horizons]
    columns += [(target, longest) for target in case.targets[1:]]
    at = case.forecasts.set_index(["origin", "target", "horizon"])
    header = ["origin", *(f"{target}, {horizon} m" for target, horizon in columns)]
    return [header, *([f"{o:%Y-%m}", *(cell(at.loc[(o, *column)]) for column in columns)] for o in origins)]


def cell(row: pd.Series) -> str:
    """Return one risk in percent with its rank, or that an episode was going on."""
    import pandas as pd

    from serving.queries.wording import STATES

    return STATES["ongoing"] if pd.isna(row["risk"]) else f"{100 * row['risk']:.1f} ({row['rank']:.0f})"


def content(case: Case) -> dict[str, Any]:
    """Return everything the figure shows; a missing risk or input is null."""
    import pandas as pd

    return {
        "iso3": case.iso3,
        "capital": case.capital,
        "from": f"{case.origins[0]:%Y-%m}",
        "to": f"{case.origins[-1]:%Y-%m}",
        "model": case.model,
        "forecast_vintage": case.forecast_vintage,
        "input_vintage": case.input_vintage,
        "issued_at": case.issued_at.isoformat(timespec="seconds"),
        "episodes": _records(case.episodes),
        "forecasts": _records(case.forecasts.assign(model_version=_versions(case.forecasts["origin"]))),
        "before_onsets": _records(case.before_onsets()),
        "inputs": [
            {
                "feature": one.feature,
                "theme": one.theme,
                "label": one.label,
                "moved_sd": one.moved,
                "values": {f"{o:%Y-%m}": None if pd.isna(v) else float(v) for o, v in one.values.items()},
            }
            for one in case.inputs
        ],
        "unknown_inputs": list(case.unknown),
        "feeds": _records(case.feeds),
    }


def _versions(origins: pd.Series) -> pd.Series:
    from serving.queries.versions import BACKTEST as BACKTESTED
    from serving.queries.versions import version_in_words

    return origins.map(lambda origin: version_in_words(BACKTESTED, origin))


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    import pandas as pd

    months = {c: rows[c].dt.strftime("%Y-%m") for c in rows if pd.api.types.is_datetime64_any_dtype(rows[c])}
    plain = rows.assign(**months).astype(object)
    return [dict(row) for row in plain.where(plain.notna(), None).to_dict("records")]
