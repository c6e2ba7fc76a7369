"""The optimiser of a trial."""
