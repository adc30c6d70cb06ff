"""The other kinds of number that formulas run on: traced (explanations), symbolic (closed forms), array (sweeps)."""
