"""Queries of the quickstart in several languages."""
