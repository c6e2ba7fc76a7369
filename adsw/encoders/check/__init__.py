"""Checks of an encoder: known inputs, figures of its outputs, verdicts."""
