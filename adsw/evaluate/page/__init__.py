"""The page of an evaluation: one file that holds everything and loads nothing."""
