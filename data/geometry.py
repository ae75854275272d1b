"""Rings, sectors and radii around a capital, and how precise a place or date must be."""

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
