"""Adapters of audio encoders, one family per file."""
