"""Audio, from a file or an address to a wave."""
