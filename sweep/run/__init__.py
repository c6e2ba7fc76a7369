"""The run folder: records of trials, sweep.json, ranking of trials, provenance."""

from adsw.callable_package import make_callable

make_callable(__name__)
