"""Examination of an installation, for when something does not run: machine, packages, models, one line each."""
