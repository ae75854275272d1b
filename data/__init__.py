"""Publishers' files to panel: sources, snapshots, tables, reference tables and the as-of view.

Where do I go to...
- add a dataset: one file in `data/sources/`
- add a panel table, or see its contract and ages: one file in `data/tables/`
- correct an episode, a capital or a corridor: `data/reference/`
- see what is known at an origin: `data/panel/view.py`
"""
