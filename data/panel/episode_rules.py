"""The three rules: which months of which capitals the data call disrupted, and from which origin on that was known.

They extend the catalogue (`episode_extension`) and are compared with it (`rule_agreement`). Seats of government are those
in force in the month, as the panel's tables are reduced around them.

No rule finds what no feed shows: the capture of a capital, an executive forced out without a coup, rationing, a port
or depot shut, a strike from abroad, an uprising.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from data import calendar, geometry
from data.contracts.columns import AVAILABLE, ISO3, MONTH_START, TEXT, table
from data.contracts.forecasts import KINDS
from data.grid import NEVER, Cube
from data.tables.prices import PRICE_GROUPS

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

RADIUS_KM = 25
MIN_DEATHS = 25
MIN_EVENTS = 3
MIN_DAYS = 3
"""Fighting: this many deaths, events and days within the radius in one month; one day's killing is an attack."""
MONTHLY_RISE = 0.25
HALF_YEAR_RISE = 0.5
"""Strangulation, key A: a price in the capital's market up by this on the month or on the median of six, net of the world's."""
MIN_ATTACKS = 3
MIN_SECTORS = 2
ATTACK_MONTHS = 3
"""Strangulation, key B: attacks on trunk roads in how many sectors; 90 days are the month and the two before it."""
KEYS_APART = 2
"""Months that the two keys may lie apart."""

RULE_TABLES = {
    "fighting": ("near", "districts"),
    "supply": ("prices", "roads"),
    "coup": ("coups",),
    "coup_attempt": ("coups",),
}
"""Panel tables that show a rule the state of a month; any of them is enough."""
NEEDS_EVERY_TABLE = frozenset({"supply"})
"""Kinds whose rule needs all of its tables."""

RULE_MONTHS = table(
    "rule_months",
    {
        "iso3": ISO3,
        "month": MONTH_START,
        "available_at": AVAILABLE,
        "kind": pa.Column(TEXT, pa.Check.isin(KINDS)),
        "confidence": pa.Column(TEXT, pa.Check.isin(("M", "PT"))),
        "reason": pa.Column(TEXT),
    },
    unique=["iso3", "kind", "month"],
)
"""Months that a rule calls disrupted, with the numbers; `available_at` is when its last source was published, to the month."""


@dataclass(frozen=True)
class RuleResult:
    """Months of one kind for which a rule holds."""

    kind: str
    confidence: str
    holds: Bools
    """(units, months)."""
    known_from: Ints
    """(units, months): index of the first origin that may see it."""
    reason: Callable[[int, int], str]
    """Returns the numbers behind a unit and month."""


def rule_months(panel_cubes: dict[str, Cube], iso3: list[str]) -> pd.DataFrame:
    """Return every month that a rule finds in a panel.

    Args:
        panel_cubes: Cubes of the panel by table (units, months, columns); a rule without its tables finds nothing.
        iso3: Codes of the units in the order of the cubes.

    Returns:
        Rows under `RULE_MONTHS`.
    """
    rows: list[tuple[str, pd.Timestamp, str, str, str, pd.Timestamp]] = []
    today = {name: cube.settled() for name, cube in panel_cubes.items()}
    for result in (*fighting(today), *seizure(today), *strangulation(today)):
        for unit, month in np.argwhere(result.holds).tolist():
            known = calendar.month_at(int(result.known_from[unit, month]) + 1)
            where = (iso3[unit], calendar.month_at(month), result.kind)
            rows.append((*where, result.confidence, result.reason(unit, month), known))
    months = pd.DataFrame(rows, columns=["iso3", "month", "kind", "confidence", "reason", "available_at"])
    dates = dict.fromkeys(("month", "available_at"), "datetime64[us]")
    ordered = months.astype(dict.fromkeys(("iso3", "kind", "confidence", "reason"), "str") | dates)
    return RULE_MONTHS.validate(ordered.sort_values(["iso3", "kind", "month"], ignore_index=True))


def fighting(panel_cubes: dict[str, Cube]) -> list[RuleResult]:
    """Return months of fighting near the seat, and in its own district where no feed places events more closely.

    At least `MIN_DEATHS` deaths in `MIN_EVENTS` events on `MIN_DAYS` days; a district's rows come without days, so the third
    condition does not apply to them.
    """
    results: list[RuleResult] = []
    near, districts = panel_cubes.get("near"), panel_cubes.get("districts")
    if near is not None:
        cube, suffix = near, f"or_district_{RADIUS_KM}km"

        def at_the_seat(unit: int, month: int) -> str:
            deaths, events, days = (
                int(cube.column(f"{n}_{suffix}")[unit, month]) for n in ("deaths", "events", "days")
            )
            placed = deaths == int(cube.column(f"deaths_{RADIUS_KM}km")[unit, month])
            where = f"within {RADIUS_KM} km of the seat of government" + ("" if placed else " or in its own district")
            return f"{deaths} deaths in {events} events on {days} days {where}"

        results.append(RuleResult("fighting", "M", fighting_near(near, placed_only=False), near.visible, at_the_seat))
    if districts is not None:
        inner = districts
        unplaced = np.ones(inner.visible.shape, bool) if near is None else near.visible == NEVER
        holds = (inner.column("deaths_core") >= MIN_DEATHS) & (inner.column("events_core") >= MIN_EVENTS) & unplaced

        def in_the_district(unit: int, month: int) -> str:
            deaths, events = (int(inner.column(f"{name}_core")[unit, month]) for name in ("deaths", "events"))
            return f"{deaths} deaths in {events} events in the capital's own district; the feed has no days"

        results.append(RuleResult("fighting", "M", holds, inner.visible, in_the_district))
    return results


def fighting_near(
    near: Cube, radius_km: int = RADIUS_KM, min_deaths: float = MIN_DEATHS, *, placed_only: bool = True
) -> Bools:
    """Return where the fighting rule holds within a radius, shape (units, months).

    Args:
        near: Cube of the `near` table.
        radius_km: One of `geometry.NEAR_RADII_KM`.
        min_deaths: Deaths a month.
        placed_only: Count only events placed to 25 km or better, else those of the capital's own district as well.
    """
    suffix = f"{radius_km}km" if placed_only else f"or_district_{radius_km}km"
    deaths, events, days = (near.column(f"{name}_{suffix}") for name in ("deaths", "events", "days"))
    return np.asarray((deaths >= min_deaths) & (events >= MIN_EVENTS) & (days >= MIN_DAYS))


def seizure(panel_cubes: dict[str, Cube]) -> list[RuleResult]:
    """Return months of coups and attempts (Powell & Thyne); capture and forced exit without a coup are in no feed."""
    if "coups" not in panel_cubes:
        return []
    coups = panel_cubes["coups"].inside()
    return [
        RuleResult(
            "coup", "PT", coups.column("successful") > 0, coups.visible, lambda *_: "coup listed by Powell & Thyne"
        ),
        RuleResult(
            "coup_attempt",
            "PT",
            coups.column("failed") > 0,
            coups.visible,
            lambda *_: "coup attempt listed by Powell & Thyne",
        ),
    ]


def strangulation(panel_cubes: dict[str, Cube]) -> list[RuleResult]:
    """Return months in which one key holds and the other did at most `KEYS_APART` months before.

    A price shock alone is no strangulation, nor are attacks on the roads alone. A month is known once both keys are.
    """
    if not {"prices", "roads"} <= panel_cubes.keys():
        return []
    prices, roads = panel_cubes["prices"], panel_cubes["roads"]
    shocked = price_key(prices)
    attacked, attacks, sectors, attacks_known = road_key(roads)
    price_known = np.where(shocked, prices.visible, NEVER)
    road_known = np.where(attacked, attacks_known, NEVER)

    def both_known(price_lag: int, road_lag: int) -> Ints:
        return np.maximum(_earlier(price_known, price_lag), _earlier(road_known, road_lag))

    lags = [(0, lag) for lag in range(KEYS_APART + 1)] + [(lag, 0) for lag in range(1, KEYS_APART + 1)]
    turned = np.stack([both_known(*lag) for lag in lags])
    known_from = turned.min(axis=0)

    def both_keys(unit: int, month: int) -> str:
        price_lag, road_lag = lags[int(turned[:, unit, month].argmin())]
        at_price, at_road = month - price_lag, month - road_lag
        return (
            f"{_dearest(prices, unit, at_price)} in {calendar.month_at(at_price):%Y-%m}; {attacks[unit, at_road]:.0f} attacks "
            f"within {geometry.ROAD_KM} km of trunk roads in {sectors[unit, at_road]} sectors in 90 days to "
            f"{calendar.month_at(at_road):%Y-%m}"
        )

    return [RuleResult("supply", "M", known_from < NEVER, known_from, both_keys)]


def _earlier(known: Ints, lag: int) -> Ints:
    """Shift the origins from which months are known by a lag in months; months before the panel are never known."""
    return np.pad(known, ((0, 0), (lag, 0)), constant_values=NEVER)[:, : known.shape[1]]


def price_key(prices: Cube) -> Bools:
    """Return where key A holds, shape (units, months): a fuel or staple price in the capital's market leaps, net of the world's."""
    return np.logical_or.reduce([_leaps(prices, group) for group in PRICE_GROUPS])


def road_key(roads: Cube) -> tuple[Bools, Floats, Ints, Ints]:
    """Return where key B holds (attacks on trunk roads), the attacks, their sectors, and from which origin they are known.

    All four have the shape (units, months); attacks and sectors are those of `ATTACK_MONTHS` months.
    """
    by_sector = np.stack([roads.column(f"events_s{s}") for s in range(geometry.SECTORS)], axis=2)
    before = ATTACK_MONTHS - 1
    padded = np.pad(by_sector, ((0, 0), (before, 0), (0, 0)), constant_values=np.nan)
    in_window = np.sum([padded[:, lag : lag + by_sector.shape[1]] for lag in range(ATTACK_MONTHS)], axis=0)
    known = np.max([_earlier(roads.visible, lag) for lag in range(ATTACK_MONTHS)], axis=0)
    attacks, sectors = in_window.sum(axis=2), (in_window > 0).sum(axis=2, dtype=np.int32)
    return (attacks >= MIN_ATTACKS) & (sectors >= MIN_SECTORS), attacks, sectors, known


def _leaps(prices: Cube, group: str) -> Bools:
    rise, half_year = prices.column(f"{group}_change_1m_net"), prices.column(f"{group}_vs_median_6m_net")
    return ((rise >= MONTHLY_RISE) | (half_year >= HALF_YEAR_RISE)) & (prices.column(f"{group}_in_capital") > 0)


def _dearest(prices: Cube, unit: int, month: int) -> str:
    group = next(g for g in PRICE_GROUPS if _leaps(prices, g)[unit, month])
    rise = prices.column(f"{group}_change_1m_net")[unit, month]
    half_year = prices.column(f"{group}_vs_median_6m_net")[unit, month]
    parts = [f"{v:+.0%} on {base}" for v, base in ((rise, "the month"), (half_year, "half a year")) if np.isfinite(v)]
    return f"{group} {' and '.join(parts)}, net of the world price"
