"""Case study of a capital as a command: read from the backtest and drawn."""

from collections.abc import Sequence
from pathlib import Path

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.progress import Progress
from data.reference_tables import require_state
from data.settings import settings
from training.evaluation.backtest_table import read_champion_rows
from training.explanation.case_study import Case
from training.explanation.read_case import read_case
from training.figures.case_study import draw, save

HORIZONS = (3, 12)


def run(
    iso3: str,
    span: tuple[str, str],
    targets: Sequence[str],
    horizons: Sequence[int],
    out: Path | None,
    progress: Progress,
) -> tuple[Case, Path]:
    """Read a capital's case and draw it to a PNG.

    Args:
        iso3: the capital's ISO3 code.
        span: first and last origin as YYYY-MM; empty for the first or newest of the backtest.
        targets: all where none is given.
        horizons: months ahead; HORIZONS where none is given.
        out: the PNG file; below <home>/cases by default.
        progress: called with stage, steps done and steps in all.

    Raises:
        ValueError: a target or month is unknown, or `out` is no PNG.
        FileNotFoundError: no backtest was written yet.
    """
    code = require_state(iso3)
    for target in targets:
        if target not in TARGETS:
            raise ValueError(f"unknown target {target!r}: choose from {', '.join(TARGETS)}")
    if out and out.suffix.lower() != ".png":
        raise ValueError(f"--out {out}: the figure is a PNG; give a name that ends in .png")
    first, last = (calendar.parse_month(month) if month else None for month in span)
    rows = read_champion_rows(targets or list(TARGETS), sorted(set(horizons or HORIZONS)))
    until = last or rows["origin"].max()
    case = read_case(rows, panels.load(), code, (first or rows["origin"].min(), until), progress)
    path = out or settings().home / "cases" / f"{code}_{case.origins[0]:%Y-%m}_{case.origins[-1]:%Y-%m}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    save(draw(case), path)
    return case, path
