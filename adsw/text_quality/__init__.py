"""The quality of a store's texts: what captions state, how they are worded, how much they differ from each other."""
