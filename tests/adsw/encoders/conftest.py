"""Tiny encoders in the catalogue, and what is prepared with them, as fixtures."""

from __future__ import annotations

from ..tiny_encoders import _tiny_encoders, build, tones  # noqa: F401
