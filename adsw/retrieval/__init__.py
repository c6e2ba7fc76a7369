"""Retrieval as it is evaluated after every epoch: queries, ranks, metrics and their intervals."""
