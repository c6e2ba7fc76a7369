"""The run folder: records of trials, sweep.json, ranking of trials, provenance."""
