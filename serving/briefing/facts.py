"""Facts of a briefing: the forecasts of one origin and of the one before, past forecasts with their outcomes, and the panel."""

from dataclasses import dataclass

import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from data.settings import settings
from serving.queries import data_status, wording
from serving.served_publication import ServedPublication, load_served, states_only
from training.dataset.folds import SCORED_FROM
from training.evaluation.backtest_table import read_champion_rows
from training.evaluation.slices import REPORTED_HORIZONS

JUDGED_HORIZON = 6
LICENCE = (
    "Forecast by Chokepoint (code Apache-2.0). Built on UCDP (CC BY 4.0), WFP (CC BY-IGO 3.0), World Bank (CC BY 4.0), "
    "Powell & Thyne, GDELT and V-Dem (CC BY-SA 4.0)."
)
HOW_TO_READ = [
    "A risk is the probability that a disruption begins within that many months. Nine times in ten, a capital at 10 % stays calm.",
    "Disrupted means: fought over, struck, besieged, starved of fuel, food or power, or seized. One bombing is not enough.",
    "While an episode is going on, its onset has no risk; the capital is ranked by the risk of further disruption instead.",
    "Compare with the typical capital and with the month before; the third digit means little.",
]


@dataclass(frozen=True)
class Facts:
    """Facts of one origin."""

    origin: pd.Timestamp
    served: ServedPublication
    rows: pd.DataFrame
    """Forecasts of the origin: every state, target and horizon."""
    before: pd.DataFrame
    """Those of the origin before; empty where there are none."""
    past: pd.DataFrame
    """Backtest rows of disruption within six months with `observed`, up to the origin."""
    as_issued: bool

    @property
    def panel(self) -> Panel:
        """The panel in use."""
        return self.served.panel

    @property
    def provenance(self) -> str:
        """The origin of the forecasts, their model and data, and the date of printing, in a sentence."""
        row = self.rows.iloc[0]
        how = (
            f"as issued on {row['issued_at']:%-d %B %Y} by model {row['model']} version {row['model_version']}"
            if self.as_issued
            else f"made again by the backtest of model {row['model']} with the data of that time, not issued then"
        )
        return f"Data available at the end of {wording.month(self.origin)}; forecasts {how}; data {row['data_vintage']}. Printed {calendar.now():%-d %B %Y}."

    @property
    def calm(self) -> str:
        """The state of a calm capital in words, with the month up to which the catalogue is checked."""
        return wording.calm(data_status.data_status(self.served, self.origin).known_to)

    def median(self, target: str, horizon: int) -> float:
        """Return the median capital's risk."""
        rows = self.rows[(self.rows["target"] == target) & (self.rows["horizon"] == horizon)]
        return float(rows["risk"].median())

    def closed_forecasts(self) -> pd.DataFrame:
        """Return past forecasts whose window had closed at the origin."""
        ended = calendar.month_at(calendar.month_index(self.origin) - JUDGED_HORIZON)
        rows = self.past[self.past["origin"].between(SCORED_FROM, ended)]
        return rows[rows["observed"].notna() & rows["risk"].notna()]

    def track_record(self) -> str:
        """Compare past forecasts with their outcomes in one sentence."""
        rows = self.closed_forecasts()
        high = rows[rows["risk"] >= 0.1]
        if rows.empty or high.empty:
            return "Too few past forecasts have a closed window."
        return (
            f"Since {wording.month(rows['origin'].min())}, forecasts of 10 % or more within {JUDGED_HORIZON} months averaged {100 * high['risk'].mean():.0f} %, "
            f"and a disruption followed {100 * high['observed'].mean():.0f} % of the time ({len(high):,} forecasts); over all forecasts the average was "
            f"{100 * rows['risk'].mean():.1f} %, and {100 * rows['observed'].mean():.1f} % were followed."
        )

    def data_status(self, iso3: str = "") -> str:
        """Return how far each kind of input of a capital, or of any, reaches at the origin, and the checks the champion fails."""
        return data_status.paragraph(data_status.data_status(self.served, self.origin, iso3))

    def feeds(self) -> list[str]:
        """Return for each feature group the number of capitals with late or missing data."""
        flags = self.rows.drop_duplicates("iso3")["flags"].astype(str)
        counts: dict[tuple[str, str], int] = {}
        for text in flags:
            for pair in wording.feeds(text.split()).items():
                counts[pair] = counts.get(pair, 0) + 1
        return [
            f"{label}: {trouble} ({count} of {len(flags)} capitals)"
            for (label, trouble), count in sorted(counts.items())
        ]


def read_facts(month: str) -> Facts:
    """Read the facts of an origin.

    Args:
        month: Origin as YYYY-MM; empty for the newest published one. Unpublished origins are read from the backtest.

    Raises:
        ValueError: The origin is neither published nor in the backtest.
    """
    served = load_served(settings().published)
    origin = calendar.parse_month(month) if month else served.newest_origin
    earlier = calendar.month_at(calendar.month_index(origin) - 1)
    past = read_champion_rows(["disruption"], [JUDGED_HORIZON])
    published = {o: rows for o, rows in served.forecasts.items() if o in (origin, earlier)}
    if origin not in published:
        rows = read_champion_rows(list(TARGETS), list(range(1, max(REPORTED_HORIZONS) + 1)))
        published = {
            o: part.assign(model_version="backtest") for o, part in rows.groupby("origin") if o in (origin, earlier)
        }
    if origin not in published:
        raise ValueError(
            f"no forecast of origin {origin:%Y-%m}: choose one from {past['origin'].min():%Y-%m} to {served.newest_origin:%Y-%m}"
        )
    rows = states_only(published[origin])
    before = states_only(published[earlier]) if earlier in published else rows.iloc[:0]
    issued = not str(rows["model_version"].iloc[0]).startswith("backtest")
    return Facts(origin, served, rows, before, past[past["origin"] <= origin], issued)
