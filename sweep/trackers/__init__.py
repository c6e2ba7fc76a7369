"""Trackers: other tools' records of a sweep, kept while it runs. `sweep.trackers.tracking` runs them."""
