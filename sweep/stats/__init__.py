"""Statistics over the trials of a sweep, pure functions on plain data."""
