"""Captioners: what turns a view's tags into a sentence."""
