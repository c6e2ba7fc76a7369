"""Corpora: manifests, splits and a corpus made without any download."""
