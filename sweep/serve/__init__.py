"""A page on loopback: runs while they run and after, read from their folders; nothing is asked of Ray."""
