"""Swapped texts beside their originals: those of a store, and new ones with terms that training never showed."""
