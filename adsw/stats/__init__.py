"""Intervals, their conventions, and the one bootstrap."""
