"""What texts claim, and what is true of tracks."""

from __future__ import annotations

import pytest

from adsw.augment.bank import BankConfig, BankText, corpus_vocabulary, track_texts
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.claims import claims_of_caption, truths_of
from adsw.augment.vocabulary import builtin
from adsw.corpus.track import Track
from tests.adsw.augment.test_bank import track

TRACKS = [
    track(track_id="a", tags={"genre": ("Rock", "hip-hop"), "instrument": ("flute", "Acoustic Guitar")}, captions=()),
    track(track_id="b", tags={"genre": ("hard rock",), "instrument": ("guitar", "d&b machine")}, captions=()),
    track(track_id="c", tags={"mood": ("sad",), "other": ("rock", "a sad piano song", "no drums")}, captions=()),
]


def test_truths_are_tags_by_one_name_and_what_they_imply() -> None:
    vocabulary = corpus_vocabulary(TRACKS)
    truths = [set(truths_of([tag for tags in one.tags.values() for tag in tags], vocabulary)) for one in TRACKS]
    assert {"rock", "hip hop", "flute", "woodwind", "acoustic guitar", "guitar"} <= truths[0]
    assert {"hard rock", "rock", "guitar", "d&b machine"} <= truths[1]
    assert {"sad", "rock", "sad piano song", "piano", "no drums"} <= truths[2]
    assert "drums" not in truths[2]
    assert "acoustic guitar" not in truths[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Caf\u00e9 Waltz", "cafe\u0301\u00a0waltz"),
        ("hip-hop", "Hip\u200d Hop\ufeff"),
        ("The Rock", "rock"),
        ("\u2665", "\u2665\u200b"),
        ("\u097fx", "\u097fX\u200d"),
    ],
)
def test_spellings_of_one_tag_have_one_name(one: str, other: str) -> None:
    vocabulary = corpus_vocabulary(TRACKS)
    assert vocabulary.name_of(one) == vocabulary.name_of(other)
    assert vocabulary.name_of(one)


@pytest.mark.parametrize("one", TRACKS, ids=[one.track_id for one in TRACKS])
def test_a_text_is_true_of_its_track_and_no_swap_is(one: Track) -> None:
    vocabulary = corpus_vocabulary(TRACKS)
    truths = set(truths_of([tag for tags in one.tags.values() for tag in tags], vocabulary))
    texts = track_texts(one, BankConfig(swaps_per_text=4), vocabulary, TemplateCaptioner(vocabulary))
    for text in texts:
        if text.swap_of < 0:
            assert text.claims is not None
            assert set(text.claims) <= truths
            assert len(text.swappable or ()) >= max((swap.swap_terms for swap in _swaps_of(texts, text)), default=0)
        elif text.claims is not None:
            assert not set(text.claims) <= truths
            assert text.swappable == ()
            gone = set(texts[text.swap_of].claims or ()) - set(text.claims)
            assert len(gone) == text.swap_terms


def _swaps_of(texts: list[BankText], original: BankText) -> list[BankText]:
    return [text for text in texts if text.swap_of == texts.index(original)]


def test_human_captions_claim_what_is_not_known() -> None:
    texts = track_texts(track(tags={}), BankConfig(), builtin(), TemplateCaptioner())
    assert all(text.claims is None for text in texts)
    # "A slow jig on a flute." and "Zebras sing."
    assert [text.swappable for text in texts if text.swap_of < 0] == [("tempo", "form", "instrument"), ()]


def test_a_caption_that_denies_claims_nothing_that_tags_could_confirm() -> None:
    vocabulary = builtin()
    for caption, expected in (("A sad jig.", ("jig", "sad")), ("A sad jig without drums.", None), ("Hm.", None)):
        reading = vocabulary.read(caption)
        stated = [match.term for match in vocabulary.find(caption)]
        assert claims_of_caption(reading, stated, vocabulary) == expected
