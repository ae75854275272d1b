"""The check total: deaths of the compiled tables against UCDP's country-years, which UCDP adds up itself."""

import pandas as pd

from data.tables.registry import panel_tables
from data.tables.shared.spans import WORLD

CHECK_TOTAL = "country_years"
"""Publishers' table of the totals."""


def country_year_agreement(
    tables: dict[str, pd.DataFrame], country_years: pd.DataFrame, coverage: pd.DataFrame
) -> pd.DataFrame:
    """Compare each table that counts deaths with UCDP's country-year totals, on the country-years it covers.

    Rings leave out places known only to a district (where_prec above 2) and dates known only to the year (date_prec 5);
    districts leave out events without one.

    Args:
        tables: `rings` and `countries` as compiled, `districts` as rows.
        country_years: Rows of the table of that name.
        coverage: Spans in which a missing row means zero.

    Returns:
        One row per table: years, country-years with deaths, deaths counted, UCDP's deaths, their ratio, and the shares of
        country-years that are equal and that lie within 10 %.
    """
    official = country_years.groupby(["iso3", "year"])["deaths"].sum()
    rows = [
        _compare(name, deaths, official[_inside(official.index, _spans(coverage, name))])
        for name, deaths in _yearly_deaths(tables).items()
    ]
    return pd.DataFrame(rows)


def _spans(coverage: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the coverage of a census by its name, or of one of the sources of `countries` by the source's."""
    if name in panel_tables():
        return coverage[coverage["table"] == panel_tables()[name].census_of]
    return coverage[(coverage["table"] == "countries") & (coverage["source"] == name)]


def _inside(pairs: pd.MultiIndex, spans: pd.DataFrame) -> pd.Series:
    """Return which country-years lie wholly inside one of the spans."""
    marked = pd.Series(False, index=pairs)
    iso3, year = pairs.get_level_values("iso3"), pairs.get_level_values("year")
    for row in spans.itertuples():
        full = (year >= row.first.year + (row.first.month > 1)) & (year <= row.last.year - (row.last.month < 12))
        marked |= full & ((row.iso3 == WORLD) | (iso3 == row.iso3))
    return marked


def _yearly_deaths(tables: dict[str, pd.DataFrame]) -> dict[str, pd.Series]:
    parts: dict[str, pd.DataFrame] = {}
    if "rings" in tables:
        parts["rings"] = tables["rings"][~tables["rings"]["abroad"]]
    if "districts" in tables:
        parts["districts"] = tables["districts"]
    if "countries" in tables:
        for source, table in tables["countries"].groupby("source"):
            parts[str(source)] = table
    return {n: t.groupby(["iso3", t["month"].dt.year.rename("year")])["deaths"].sum() for n, t in parts.items()}


def _compare(name: str, deaths: pd.Series, official: pd.Series) -> dict[str, object]:
    truth = official[official > 0]
    years = truth.index.get_level_values("year")
    ours = deaths.reindex(truth.index).fillna(0)
    gap = (ours - truth).abs()
    return {
        "table": name,
        "years": f"{years.min()}-{years.max()}" if len(truth) else "none",
        "country_years": len(truth),
        "deaths": float(ours.sum()),
        "ucdp_deaths": float(truth.sum()),
        "ratio": float(ours.sum() / truth.sum()) if len(truth) else float("nan"),
        "equal": float((gap < 0.5).mean()),
        "within_10pct": float((gap <= 0.1 * truth).mean()),
    }
