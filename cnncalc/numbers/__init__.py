"""The other kinds of number that formulas run on: traced (explanations) and symbolic (closed forms)."""
