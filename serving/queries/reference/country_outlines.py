"""Country outlines as SVG paths, drawn from the simplified Natural Earth outlines among the reference tables."""

import json
from functools import cache

import numpy as np
import numpy.typing as npt

from data.reference_tables import FOLDER

OUTLINES = FOLDER / "country_outlines.geojson"
"""Written by benchmarks/write_outlines.py."""
WIDTH, HEIGHT = 1000, 425
Floats = npt.NDArray[np.float64]


def project(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Project places to the drawing in the Equal Earth projection (Savric et al. 2018, doi:10.1080/13658816.2018.1504949).

    Args:
        longitude: Degrees east.
        latitude: Degrees north, of the same shape.

    Returns:
        x and y in units of a drawing of `WIDTH` by `HEIGHT`, y downwards.
    """
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(latitude)))
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    x = 2 * np.sqrt(3) * np.radians(longitude) * np.cos(theta) / (3 * slope)
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    scale = WIDTH / 5.4132
    return WIDTH / 2 + scale * x, 236 - scale * y


@cache
def outlines() -> dict[str, str]:
    """Return SVG path data in tenths of a unit by ISO3, of every country and territory but Antarctica."""
    features = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    return {
        country["properties"]["iso3"]: "".join(
            _ring(np.array(outer)) for (outer,) in country["geometry"]["coordinates"]
        )
        for country in features
    }


def drawn_places(points: Floats) -> npt.NDArray[np.int64]:
    """Return longitudes and latitudes (n x 2, degrees) as places on the drawing in tenths of a unit."""
    x, y = project(points[:, 0], points[:, 1])
    return np.rint(10 * np.column_stack([x, y])).astype(np.int64)


def _ring(points: Floats) -> str:
    """Return a closed ring as path data with relative steps, half the size of absolute places."""
    places = drawn_places(points)
    steps = np.diff(places[:-1], axis=0)
    lines = " ".join(f"{a} {b}" for a, b in steps if a or b) or "5 0 0 5"
    return f"M{places[0, 0]} {places[0, 1]}l{lines}z"
