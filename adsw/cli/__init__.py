"""The `adsw` command line. Importing it loads neither torch nor Ray: commands import what they need when run."""

from adsw.cli.app import main

__all__ = ["main"]
