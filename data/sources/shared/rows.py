"""Cleaning of a file's rows for their contract; each row dropped is counted by reason, with an example."""

import numpy as np
import pandas as pd
import pandera.pandas as pa

from data import calendar
from data.contracts.columns import dtypes
from data.sources.shared.countries import REMEDY
from data.sources.shared.source import Parsed, Source, SourceError, Span
from data.tables.registry import row_tables

_EARLIEST = pd.Timestamp("1900-01-01")


class SourceRows:
    """A file's rows being cleaned, with their numbers in `row`, and the counts of dropped ones."""

    def __init__(self, frame: pd.DataFrame, filename: str) -> None:
        if frame.empty:
            raise SourceError(f"{filename}: holds a header and no row; download it again")
        self.frame = frame.rename_axis("row").reset_index()
        self.filename = filename
        self.read = len(frame)
        self.dropped: dict[str, int] = {}
        self.examples: dict[str, str] = {}

    def __getitem__(self, column: str) -> pd.Series:
        return self.frame[column]

    def __setitem__(self, column: str, values: object) -> None:
        self.frame[column] = values

    def __contains__(self, column: str) -> bool:
        return column in self.frame

    def drop(self, bad: pd.Series, reason: str, shown: pd.Series, remedy: str = "") -> None:
        """Drop rows and count them.

        Args:
            bad: Whether to drop each row.
            reason: Reason they are counted under.
            shown: Values of which the first dropped one is the example.
            remedy: Remedy that the example gives.
        """
        count = int(bad.sum())
        if not count:
            return
        self.dropped[reason] = self.dropped.get(reason, 0) + count
        first = bad.idxmax()
        value = f"row {self.frame.loc[first, 'row']}: {shown[first]!s:.60}"
        self.examples.setdefault(reason, f"{value}; {remedy}" if remedy else value)
        self.frame = self.frame[~bad]

    def text(self, column: str) -> None:
        """Convert a column to stripped text; rows without a value are dropped."""
        self.frame = self.frame.assign(**{column: self[column].astype("str").str.strip()})
        self.drop(self[column].isna() | (self[column] == ""), f"missing value: {column}", self[column])

    def number(self, column: str, *, required: bool = True, minimum: float = -np.inf) -> None:
        """Convert a column to float64; rows without a required number or with one below `minimum` are dropped."""
        values = pd.to_numeric(self[column], errors="coerce").astype("float64").replace([np.inf, -np.inf], np.nan)
        if required:
            self.drop(values.isna(), f"missing value: {column}", self[column])
        self.drop(values.reindex(self.frame.index) < minimum, f"below {minimum:g}: {column}", self[column])
        self.frame = self.frame.assign(**{column: values.reindex(self.frame.index)})

    def date(self, column: str, into: str) -> None:
        """Parse a column of ISO 8601 days or months; rows before 1900 or later than now are dropped."""
        days = pd.to_datetime(self[column], errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)
        self.dated(days.dt.normalize(), into, shown=self[column])

    def dated(self, days: pd.Series, into: str, *, shown: pd.Series) -> None:
        """Set a column of days; rows without one, before 1900 or later than now are dropped.

        Args:
            days: The days, NaT where unreadable.
            into: Name of the column.
            shown: The publisher's values, for examples of dropped rows.
        """
        days = days.astype("datetime64[us]")
        today = pd.Timestamp(calendar.now()).tz_localize(None)
        for bad, reason in (
            (days.isna(), f"unreadable date: {shown.name}"),
            (days < _EARLIEST, "date before 1900"),
            (days > today, "date in the future"),
        ):
            self.drop(bad.reindex(self.frame.index), reason, shown)
        self.frame = self.frame.assign(**{into: days.reindex(self.frame.index)})

    def year(self, column: str, into: str = "year") -> None:
        """Parse a column of years; rows before 1900 or in the future are dropped."""
        self.number(column)
        years = self[column]
        self.drop(years < _EARLIEST.year, "date before 1900", years)
        self.drop(self[column] > calendar.now().year, "date in the future", years)
        self.frame = self.frame.assign(**{into: self[column].astype("int64")})

    def country(self, iso3: pd.Series, shown: pd.Series, remedy: str = REMEDY) -> None:
        """Set `iso3`; rows of countries that the reference tables lack (NaN) are dropped."""
        self.drop(iso3.isna(), "unknown country", shown, remedy)
        self.frame = self.frame.assign(iso3=iso3.reindex(self.frame.index))

    def coordinates(self, latitude: str, longitude: str, *, required: bool = True) -> None:
        """Convert both columns to float64; rows off the globe or without required coordinates are dropped."""
        self.number(latitude, required=required)
        self.number(longitude, required=required)
        off = (self[latitude].abs() > 90) | (self[longitude].abs() > 180)
        self.drop(off, "impossible coordinate", self[latitude].astype("str") + ", " + self[longitude].astype("str"))

    def unique(self, columns: list[str], reason: str = "duplicate row") -> None:
        """Drop all but the last row of each key."""
        repeated = self.frame.duplicated(columns, keep="last")
        self.drop(
            repeated,
            reason,
            self.frame[columns].astype("str").agg(" ".join, axis=1) if repeated.any() else repeated,
        )

    def parsed(self, source: Source, *, coverage: list[Span] | None = None, vintage: str = "") -> Parsed:
        """Validate the rows against the source's contract and return them; rows that break it are dropped.

        Args:
            source: Their source; `available_at` follows from its publication lag unless the column is set.
            coverage: Spans in which a missing row means zero.
            vintage: The publisher's release; default the newest month.

        Raises:
            SourceError: No row is left; the message lists the reasons.
        """
        schema = row_tables()[source.table].contract
        self["source"] = source.name
        if "available_at" not in self:
            self["available_at"] = calendar.available_at(self._period(schema), source.lag_days)
        self.frame = self.frame[["row", *schema.columns]].astype(dtypes(schema))
        self._validate(schema)
        if self.frame.empty:
            reasons = "; ".join(f"{n} x {reason} ({self.examples[reason]})" for reason, n in self.dropped.items())
            raise SourceError(f"{self.filename}: none of its {self.read} rows can be used: {reasons}")
        vintage = vintage or f"to {self._period(schema).max():%Y-%m}"
        rows = self.frame.set_index("row")
        return Parsed(source.table, rows, self.read, self.dropped, self.examples, coverage or [], vintage)

    def _period(self, schema: pa.DataFrameSchema) -> pd.Series:
        if "year" in schema.columns:
            return pd.to_datetime(self["year"].astype("str") + "-12-01").astype("datetime64[us]")
        return self["month" if "month" in schema.columns else "date"]

    def _validate(self, schema: pa.DataFrameSchema) -> None:
        try:
            schema.validate(self.frame.drop(columns="row"), lazy=True)
        except pa.errors.SchemaErrors as error:
            cases = error.failure_cases
            if cases["index"].isna().any():
                raise
            for (column, check), group in cases.groupby(["column", "check"], sort=False):
                bad = pd.Series(self.frame.index.isin(group["index"]), self.frame.index)
                self.drop(bad, f"{column}: {check}", self.frame[column].astype("str"))
