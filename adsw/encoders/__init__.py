"""Frozen encoders, and the store of texts and embeddings that is prepared with them once for all training.

Axes in docstrings and names: B inputs, T tokens, D features; T_a, D_a of audio, T_t, D_t of text.
"""
