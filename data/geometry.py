"""Distances on the sphere, rings, sectors and radii around a capital, and how precise a place or date must be."""

import numpy as np
import numpy.typing as npt

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG); distances on this sphere are within 0.6 % of the WGS84 geodesic."""

RING_EDGES_KM = (0, 10, 25, 50, 100, 200, 325)
"""Edges of the distance rings around the seat of government; beyond the last lies the rest of the country."""


REST = len(RING_EDGES_KM) - 1
"""Ring number of events in the country but beyond the last edge."""


UNPLACED = REST + 1
"""Ring number of events in the country whose place is known to a district or worse (UCDP where_prec above 2)."""


COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
"""Names of the compass sectors: 45 degrees each, the first centred on north, clockwise."""
SECTORS = len(COMPASS)


NEAR_RADII_KM = (10, 25, 50)
"""Radii of the near table; 25 km is the fighting rule's."""


PRECISE_PLACE = 2


DISTRICT_PLACE = 4
"""UCDP where_prec 3 and 4: the place is known to the second- or first-level district, so the latter is known."""


ROAD_KM = 5


TRUNK = "road"
"""Mode of the corridors that are trunk roads."""


MONTHLY_DATE = 4


def great_circle_km(
    latitude: npt.ArrayLike,
    longitude: npt.ArrayLike,
    other_latitude: npt.ArrayLike,
    other_longitude: npt.ArrayLike,
    radius_km: float = EARTH_KM,
) -> npt.NDArray[np.float64]:
    """Return great-circle distances by the haversine formula (Sinnott 1984, Sky and Telescope 68).

    Args:
        latitude, longitude: degrees north and east, of any shape.
        other_latitude, other_longitude: degrees, of a shape that broadcasts against the first two.
        radius_km: radius of the sphere.

    Returns:
        Kilometres, of the shape the four broadcast to; NaN where a coordinate is.
    """
    lat, lon, lat2, lon2 = (np.radians(x) for x in (latitude, longitude, other_latitude, other_longitude))
    chord = np.sin((lat - lat2) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon - lon2) / 2) ** 2
    return np.asarray(2 * radius_km * np.arcsin(np.sqrt(np.minimum(chord, 1))), np.float64)


def great_circle_sql(latitude: str, longitude: str, other_latitude: str, other_longitude: str) -> str:
    """Return `great_circle_km` on `EARTH_KM` as an SQL expression of four expressions in degrees."""
    return f"""2 * {EARTH_KM} * asin(sqrt(least(1.0,
    pow(sin(radians({other_latitude} - {latitude}) / 2), 2)
    + cos(radians({latitude})) * cos(radians({other_latitude}))
      * pow(sin(radians({other_longitude} - {longitude}) / 2), 2))))"""
