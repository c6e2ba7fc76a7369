"""The command line of `sweep`."""

from sweep.cli.app import main

__all__ = ["main"]
