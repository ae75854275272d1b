"""The panel's tables: one module each holds its contract, reduction, layout, ages and words; `registry` finds them."""
