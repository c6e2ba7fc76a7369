"""Several sweeps side by side: what differs between them, and what their results say together."""
