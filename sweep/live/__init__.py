"""The live screen, what it shows, and whether a sweep runs."""
