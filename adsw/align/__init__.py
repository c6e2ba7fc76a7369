"""Training of the projection heads on the cached bank."""
