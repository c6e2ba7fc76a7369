"""Linear probes: what can be read off frozen audio embeddings by a straight line."""
