"""Publishers' files to panel: sources, snapshots, reference tables, rings and the as-of view.

Where do I go to...
- add a dataset: one file in `data/sources/`
- see what a table must look like: `data/contracts/forecasts.py`
- correct an episode, a capital or a corridor: `data/reference/`
- know what was knowable at an origin: `data/panel/panel.py`
"""
