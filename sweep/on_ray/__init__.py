"""Everything of `sweep` that imports Ray."""
