"""The store: its preparation in stages, its schema, and how it is read."""
