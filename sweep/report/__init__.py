"""The report of a sweep: one file per subject, each with its section."""
