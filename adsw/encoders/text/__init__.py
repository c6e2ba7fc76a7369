"""Adapters of text encoders, one family per file."""
