"""`chokepoint risks`: the capitals at highest risk, or one capital's risk and rank for every target."""

from __future__ import annotations

import json
from math import isnan
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from serving.cli.console import NARROW, Json, Origin, console

if TYPE_CHECKING:
    import pandas as pd

    from serving.queries.data_status import DataStatus
    from training.publication.publication import Publication


def risks(
    origin: Origin = "",
    country: Annotated[str, typer.Option(help="ISO3 codes, comma separated: show every target's risk and rank.")] = "",
    top: Annotated[int, typer.Option(min=1, help="How many capitals to list.")] = 20,
    as_json: Json = False,
) -> None:
    """Print the capitals at highest risk, or one capital's risk and rank for every target."""
    from data.calendar import parse_month
    from data.panel import panel
    from data.settings import settings
    from serving.queries.data_status import panel_status, paragraph
    from training.publication.publication import read_publication

    published = read_publication(settings().published)
    month = parse_month(origin) if origin else published.origin
    rows = published.forecasts[published.forecasts["origin"] == month]
    if rows.empty:
        first, last = published.forecasts["origin"].min(), published.forecasts["origin"].max()
        raise ValueError(f"origin {month:%Y-%m} is not published: choose one from {first:%Y-%m} to {last:%Y-%m}")
    codes = [code.strip().upper() for code in country.split(",") if code.strip()]
    unknown = sorted(set(codes) - set(rows["iso3"]))
    if unknown:
        raise ValueError(
            f"unknown country {', '.join(unknown)}: give ISO3 codes such as MLI; `chokepoint risks` lists capitals"
        )
    content = _countries(rows, codes) if codes else ranked(published, rows, top)
    status = panel_status(panel.load(), month, published.info.failed_checks)
    if as_json:
        document = {"origin": f"{month:%Y-%m}", **_provenance(rows), "data_status": _status(status), "rows": content}
        console.print_json(json.dumps(document, default=str))
        return
    if codes:
        _print_countries(content, month)
    else:
        print_ranked(content, month, published)
    console.print(paragraph(status), highlight=False)


def ranked(published: Publication, rows: pd.DataFrame, top: int) -> list[dict[str, Any]]:
    """Return the capitals at highest risk within six months, with their change since the origin before.

    Args:
        published: The publication the rows are of.
        rows: Forecast rows of one origin: every capital, target and horizon.
        top: Number of capitals.
    """
    import numpy as np
    import pandas as pd

    from data.reference_tables import units
    from serving.queries.ranking import rank
    from training.evaluation.slices import REPORTED_HORIZONS
    from training.explanation.drivers import named, published_facts

    origin = rows["origin"].iloc[0]
    origins = sorted(published.forecasts["origin"].unique())
    place = origins.index(origin)
    now = rank(rows, 6).set_index("iso3")
    earlier = published.forecasts[published.forecasts["origin"] == origins[place - 1]] if place else rows.iloc[:0]
    before = rank(earlier, 6).set_index("iso3")["score"] if len(earlier) else pd.Series(dtype=float)
    scores = {h: rank(rows, h).set_index("iso3")["score"] for h in REPORTED_HORIZONS}
    states = units().set_index("iso3")
    strongest = published.drivers[(published.drivers["rank"] == 1) & (published.drivers["origin"] == origin)]
    strongest = strongest.assign(facts=[named(facts) for facts in published_facts(strongest)])
    driver = strongest.drop_duplicates("iso3").set_index("iso3")
    informed = None if published.news is None else set(published.news.rows.query("groups != ''")["iso3"])
    return [
        {
            "rank": int(row["rank"]),
            "iso3": iso3,
            "capital": states.at[iso3, "capital"],
            "country": states.at[iso3, "country"],
            "state": row["state"],
            **{f"risk_{h}m": float(scores[h][iso3]) if row["state"] == "calm" else None for h in REPORTED_HORIZONS},
            "further_risk_6m": None if row["state"] == "calm" or np.isnan(row["score"]) else float(row["score"]),
            "change_6m": float(row["score"] - before[iso3]) if iso3 in before.index else None,
            "new_information": iso3 in informed if informed is not None and origin == origins[-1] else None,
            "driver": driver["sentence"].get(iso3, ""),
            "driver_theme": driver["label"].get(iso3, ""),
            "driver_facts": driver["facts"].get(iso3, []),
            "driver_odds": float(np.exp(driver["contribution"].get(iso3, np.nan))),
        }
        for iso3, row in now.nsmallest(top, "rank").iterrows()
    ]


def print_ranked(content: list[dict[str, Any]], origin: pd.Timestamp, published: Publication) -> None:
    """Print the table of `ranked`."""
    from training.evaluation.slices import REPORTED_HORIZONS

    table = Table(
        title=f"Capitals at highest risk of disruption, origin {origin:%Y-%m} (data {published.info.data_vintage})",
        caption="Risks in percent; change in points at six months since the origin before, or `no news` where no input is newer; x: times the odds of the average "
        "capital. * disrupted now, or data missing: no figure, ranked by the further risk, that of the targets neither going on nor without data. `--json` has the drivers in sentences.",
        **NARROW,
    )
    for name in ("", "capital", "1 m", "3 m", "6 m", "12 m", "change"):
        left = name == "capital"
        table.add_column(name, justify="left" if left else "right", no_wrap=True, min_width=20 if left else len(name))
    table.add_column("strongest driver")
    for row in content:
        change = "" if row["change_6m"] is None else f"{100 * row['change_6m']:+.1f}"
        if row["new_information"] is False:
            change = "no news"
        name = f"{row['capital']} ({row['iso3']})" + ("*" if row["state"] != "calm" else "")
        table.add_row(
            str(row["rank"]),
            name,
            *("–" if row[f"risk_{h}m"] is None else f"{100 * row[f'risk_{h}m']:.1f}" for h in REPORTED_HORIZONS),
            change,
            _driver(row),
        )
    console.print(table)


def _driver(row: dict[str, Any]) -> str:
    """Return the strongest driver, and before it the further risk that a capital without a risk of disruption is ranked by."""
    further = "" if row["further_risk_6m"] is None else f"further {100 * row['further_risk_6m']:.1f}; "
    strongest = next(iter(row["driver_facts"]), row["driver_theme"])
    return further + (f"{row['driver_odds']:.2g}x {strongest}" if strongest else "")


def _countries(rows: pd.DataFrame, codes: list[str]) -> list[dict[str, Any]]:
    from data.contracts.forecasts import TARGETS
    from serving.queries.ranking import rank_target
    from training.evaluation.slices import REPORTED_HORIZONS

    content = []
    for target in TARGETS:
        for horizon in REPORTED_HORIZONS:
            at = rank_target(rows, target, horizon).set_index("iso3")
            risk = at["score"].where(at["state"] == "calm")
            for code in codes:
                calm, score = at.at[code, "state"] == "calm", float(at.at[code, "score"])
                content.append(
                    {
                        "iso3": code,
                        "target": target,
                        "horizon": horizon,
                        "state": at.at[code, "state"],
                        "risk": score if calm else None,
                        "further_risk": None if calm or isnan(score) else score,
                        "rank": None if isnan(score) else int(at.at[code, "rank"]),
                        "of": int(at["score"].notna().sum()),
                        "median_capital": float(risk.median()),
                    }
                )
    return content


def _print_countries(content: list[dict[str, Any]], origin: pd.Timestamp) -> None:
    from serving.queries.wording import STATES
    from training.evaluation.slices import REPORTED_HORIZONS

    table = Table(
        "capital",
        "target",
        *(f"{h} m" for h in REPORTED_HORIZONS),
        title=f"Risk in percent (rank), origin {origin:%Y-%m}",
        **NARROW,
    )
    cells: dict[tuple[str, str], list[str]] = {}
    for row in content:
        risk, state = row["risk"], ""
        if risk is None:
            risk, state = row["further_risk"], STATES[row["state"]]
        figure = "" if risk is None else f"{100 * risk:.2f} ({row['rank']}/{row['of']})"
        shown = ", further ".join(filter(None, (state, figure)))
        cells.setdefault((row["iso3"], row["target"]), []).append(shown)
    for (iso3, target), shown_cells in sorted(cells.items()):
        table.add_row(iso3, target, *shown_cells)
    console.print(table)


def _status(status: DataStatus) -> dict[str, Any]:
    """Return the freshness of the inputs as JSON: months as YYYY-MM, null where nothing was reported."""
    return {
        "catalogue_known_to": f"{status.known_to:%Y-%m}",
        "failed_checks": list(status.failed_checks),
        "inputs": [
            vars(one) | {"newest_month": one.newest_month and f"{one.newest_month:%Y-%m}", "state": one.state}
            for one in status.inputs
        ],
    }


def _provenance(rows: pd.DataFrame) -> dict[str, str]:
    first = rows.iloc[0]
    return {
        "model_version": first["model_version"],
        "data_vintage": first["data_vintage"],
        "as_of": str(first["as_of"]),
    }
