"""The page of an evaluation: one HTML file with all its styles, scripts and data."""
