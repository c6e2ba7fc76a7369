"""Identity: one spelling for one value, and refusal of what has none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.fingerprint import canonical_json, file_sha256, fingerprint

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.dictionaries(st.text(), PLAIN, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


def test_tuples_are_lists_and_numbers_keep_their_kind() -> None:
    assert fingerprint((1, 2)) == fingerprint([1, 2])
    assert fingerprint(1) != fingerprint(1.0)
    assert fingerprint(True) != fingerprint(1)
    assert len(fingerprint({})) == 64


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": -math.inf}])
def test_numbers_without_identity_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="identity"):
        canonical_json(value)


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1, 2}}, b"bytes", object()])
def test_unknown_types_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_a_files_hash(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert file_sha256(tmp_path / "empty").startswith("e3b0c44298fc1c14")
