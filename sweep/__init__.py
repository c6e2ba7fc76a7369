"""Hyperparameter sweeps of :mod:`adsw` on Ray: spaces, searchers, training cells, reports."""
