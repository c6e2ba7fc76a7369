"""What every page of the project shares: one file each, that loads nothing and can be kept, mailed and printed."""
