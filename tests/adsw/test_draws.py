"""Keyed draws: the published test vectors, uniformity, and nothing but the key deciding."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from adsw.draws import generator, key_of, keys_of, philox, uniforms

FULL = 0xFFFFFFFF
# Random123's known answers for philox4x32-10.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL,) * 4, (FULL, FULL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def test_philox_gives_the_published_answers() -> None:
    for counter, key, answer in KNOWN:
        assert philox(np.array([counter], dtype=np.uint64), key)[0].tolist() == list(answer)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=20, unique=True), st.integers(), st.integers(0, 2**31))
def test_a_tracks_draws_do_not_depend_on_the_others(names: list[str], seed: int, epoch: int) -> None:
    tracks = keys_of(names)
    together = uniforms(seed, epoch, tracks, "view", 3)
    assert together.shape == (len(names), 3)
    assert ((together >= 0) & (together < 1)).all()
    for index in range(len(names)):
        assert np.array_equal(uniforms(seed, epoch, tracks[index : index + 1], "view", 3)[0], together[index])


def test_fewer_draws_are_the_first_of_more() -> None:
    tracks = keys_of(["a", "b"])
    assert np.array_equal(uniforms(1, 2, tracks, "x", 2), uniforms(1, 2, tracks, "x", 5)[:, :2])


def test_seed_epoch_purpose_and_track_each_give_other_draws() -> None:
    tracks = keys_of(f"track {index}" for index in range(200))
    base = uniforms(0, 0, tracks, "order")[:, 0]
    for other in (uniforms(1, 0, tracks, "order"), uniforms(0, 1, tracks, "order"), uniforms(0, 0, tracks, "view")):
        assert abs(stats.pearsonr(base, other[:, 0]).statistic) < 0.25
        assert not np.isin(other[:, 0], base).any()
    assert len(np.unique(base)) == 200


def test_draws_are_uniform() -> None:
    drawn = uniforms(7, 3, np.arange(40_000, dtype=np.uint64), "swap", 2)
    for column in drawn.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3


def test_keys_are_stable() -> None:
    # The first eight bytes of SHA-256 of "a".
    assert key_of("a") == int.from_bytes(bytes.fromhex("ca978112ca1bbdca"), "little")
    assert key_of("\ud800") != key_of("\ud801"), "lone surrogates are names too"


def test_a_generator_is_a_function_of_its_parts() -> None:
    assert generator(1, "a", "views").random() == generator(1, "a", "views").random()
    assert generator(1, "a", "views").random() != generator(1, "a", "swaps").random()
    assert generator("ab", "c").random() != generator("a", "bc").random()


def test_more_draws_leave_the_first_ones() -> None:
    tracks = keys_of(f"track {number}" for number in range(50))
    many = uniforms(3, 2, tracks, "text/0", 20)
    for count in range(1, 20):
        assert np.array_equal(uniforms(3, 2, tracks, "text/0", count), many[:, :count])
