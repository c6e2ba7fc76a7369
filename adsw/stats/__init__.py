"""Intervals and the one bootstrap."""
