"""How old what is known may be before it counts as missing."""

LASTING_MONTHS = {"fighting": 3, "siege": 3, "supply": 3, "shortage": 3}
"""How long an episode of these kinds is taken to go on after the newest month that anyone has reported."""


RULE_TABLES = {"fighting": ("near", "districts"), "supply": ("prices", "roads")}
"""What tells a rule the state of a month: either of fighting's, both of supply's."""


MAX_AGE_MONTHS = {"coups": 12, "economy": 60, "regime": 96}
"""How old the newest known month may be before a table counts as missing; slow conditions keep longer than fighting."""


DEFAULT_MAX_AGE_MONTHS = 6


EXPECTED_AGE_MONTHS = {"media": 0, "coups": 1, "prices": 2, "economy": 31, "regime": 15}
"""Age of the newest month when a feed is on time (cadence plus publication lag); 1 for every other table."""
