"""Which answers are taken, and why the others are not."""

from __future__ import annotations

import pytest

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.checks import CaptionCheck, CaptionChecker, Judge
from adsw.augment.captions.clean import Cleaned, Reason
from adsw.augment.captions.prompt import prompt_named
from adsw.augment.captions.protocol import CaptionOptions
from adsw.augment.captions.stated import states
from adsw.augment.vocabulary import builtin

VIEW = {"genre": ("jazz",), "instrument": ("double bass", "piano"), "tempo": ("slow",)}


def judged(text: str, view: dict[str, tuple[str, ...]] | None = None, **options: object) -> Cleaned:
    judge = Judge(prompt_named("paper"), CaptionOptions.model_validate(options), builtin())
    return judge.judge(VIEW if view is None else view, Answer(text))


@pytest.mark.parametrize(
    "caption",
    [
        "A slow jazz tune in which piano and double bass take turns.",
        "Slowly, double bass and pianos play some jazz.",
        "SLOW JAZZ with Piano and Double-Bass.",
        "A slow jazz track with piano and double bass.",
    ],
)
def test_captions_that_state_their_tags_are_taken(caption: str) -> None:
    assert judged(caption, least_coverage=1) == Cleaned(caption, None)


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("A jazz track with piano.", Reason.COVERAGE),
        ("A slow jazz track with piano, double bass and saxophone.", Reason.ADDED),
        ("Jazz, slow, piano, double bass", Reason.TAG_LIST),
        ("Genre: jazz. Instrument: piano and double bass. Tempo: slow.", Reason.TAG_LIST),
        ("A happy and calm song with acoustic guitar and female vocals.", Reason.PROMPT),
        ("You are given the tags of a track and answer with one sentence in English: slow jazz.", Reason.PROMPT),
        ("Ein langsames St\u00fcck mit der Farbe von jazz, piano und double bass, slow.", Reason.LANGUAGE),
        ("I'm sorry.", Reason.REFUSAL),
    ],
)
def test_what_is_not_taken(caption: str, reason: Reason) -> None:
    assert judged(caption) == Cleaned("", reason)


def test_thresholds_can_be_set() -> None:
    poor, rich = "A jazz track with piano.", "A slow jazz track with piano, double bass and saxophone."
    assert judged(poor, least_coverage=0.5).reason is None
    assert judged(rich, most_added=1).reason is None
    assert judged(rich + " It has a fiddle.", most_added=1).reason == Reason.ADDED
    german = "Ein langsames St\u00fcck mit der Farbe von jazz, piano und double bass, slow."
    assert judged(german, language="any").reason is None
    assert judged(rich, most_words=5).reason == Reason.OVERLONG


def test_an_example_s_caption_is_right_for_its_own_tags() -> None:
    assert judged("This is a dark techno track.", {"genre": ("techno",), "mood": ("dark",)}).reason is None
    assert judged("This is a dark techno track.", {"genre": ("techno", "house"), "mood": ("dark",)}).reason is not None


@pytest.mark.parametrize(
    ("text", "tag", "stated"),
    [
        ("two guitars", "guitar", True),
        ("slowly moving", "slow", True),
        ("a trap beat", "rap", False),
        ("rapping over a rap", "rap", True),
        ("slower", "slow", False),
        ("in 3/4 time", "3/4", True),
        ("in 13/4 time", "3/4", False),
        ("r&b, soul", "r&b", True),
        ("with \U0001f3bb.", "\U0001f3bb", True),
        ("x\U0001f3bby", "\U0001f3bb", True),
        ("", "jazz", False),
    ],
)
def test_when_a_tag_is_stated(text: str, tag: str, stated: bool) -> None:
    assert states(text, tag) == stated


def test_other_forms_of_a_term_state_it() -> None:
    for tag, caption in (("hip hop", "A hip-hop beat."), ("drum and bass", "Some d&b."), ("violin", "Two violins.")):
        assert CaptionChecker({"genre": (tag,)}, builtin()).check(caption).missing == ()
    assert CaptionChecker({"instrument": ("electric guitar",)}, builtin()).check("A guitar piece.") == CaptionCheck(
        ("electric guitar",), ("guitar",)
    )


@pytest.mark.parametrize(
    ("caption", "view", "reason"),
    [
        (
            "A slow 6/8 violin piece in 12/16.",
            {"instrument": "violin", "metre": "6/8 time", "tempo": "slow"},
            Reason.ADDED,
        ),
        ("A calm jazz song with energetic vocals.", {"mood": "calm energetic", "genre": "jazz"}, Reason.ADDED),
        ("A string quartet with sad.", {"ensemble": "string quartet", "mood": "sad"}, Reason.GRAMMAR),
        ("A slow piece in C minor.", {"tempo": "slow", "mode": "minor"}, Reason.ADDED),
        ("A slow piece in C minor.", {"tempo": "slow", "mode": "C minor"}, None),
        ("A minor piece for cello.", {"mode": "minor", "instrument": "cello"}, None),
        ("A slow piece for three instruments.", {"tempo": "slow"}, Reason.ADDED),
        ("A ballad by John Fielding.", {"form": "ballad"}, Reason.ADDED),
        ("A Slow Ballad for the Cello.", {"form": "ballad", "tempo": "slow", "instrument": "cello"}, None),
        (
            "A slow jazz track for violin solo.",
            {"genre": "jazz", "tempo": "slow", "instrument": "violin"},
            Reason.ADDED,
        ),
        ("A choir sings with one voice, slowly.", {"vocals": "choir", "tempo": "slow"}, None),
        ("A choir sings for one voice, slowly.", {"vocals": "choir", "tempo": "slow"}, Reason.ADDED),
        (
            "A Chinese piece for violin in 2/4 time, with bowed strings.",
            {"family": "bowed strings", "instrument": "violin", "region": "Chinese"},
            Reason.ADDED,
        ),
        ("A slow jig, grave.", {"tempo": "slow", "form": "jig"}, Reason.ADDED),
        ("A slow jig in the key of G.", {"tempo": "slow", "form": "jig"}, Reason.ADDED),
        ("A slow piece in the German key.", {"tempo": "slow", "region": "German"}, Reason.ADDED),
        ("A slow jig with a minor third.", {"tempo": "slow", "form": "jig", "mode": "minor"}, Reason.ADDED),
        ("A piece for Chinese in slow.", {"region": "Chinese", "tempo": "slow"}, Reason.GRAMMAR),
        ("A slow piece for jig, with harp.", {"form": "jig", "tempo": "slow", "instrument": "harp"}, Reason.GRAMMAR),
        ("A slow piece for Vivaldi.", {"composer": "Vivaldi", "tempo": "slow"}, Reason.GRAMMAR),
        ("A clarinet for woodwind.", {"instrument": "clarinet", "family": "woodwind"}, Reason.GRAMMAR),
        ("A tabla for percussion is heard.", {"instrument": "harp"}, Reason.COVERAGE),
        ("A slow piece in French horn.", {"instrument": "French horn", "tempo": "slow"}, Reason.GRAMMAR),
        ("A slow piece for harp in the harp.", {"instrument": "harp", "tempo": "slow"}, Reason.GRAMMAR),
        ("A bowed strings.", {"family": "bowed strings"}, Reason.GRAMMAR),
        ("A fast, bowed strings.", {"family": "bowed strings", "tempo": "fast"}, Reason.GRAMMAR),
        ("A jig with harp and major.", {"form": "jig", "instrument": "harp", "mode": "major"}, Reason.GRAMMAR),
        ("A jig in a major 3/4 time.", {"form": "jig", "mode": "major", "metre": "3/4 time"}, Reason.GRAMMAR),
        ("A slow, jig for harp.", {"form": "jig", "tempo": "slow", "instrument": "harp"}, None),
        (
            "A slow piece for monophonic in 4/4.",
            {"tempo": "slow", "texture": "monophonic", "metre": "4/4 time"},
            Reason.GRAMMAR,
        ),
        ("A piece for 3/4 time.", {"metre": "3/4 time"}, Reason.GRAMMAR),
        ("A Irish jig.", {"region": "Irish", "form": "jig"}, Reason.GRAMMAR),
        ("A slow jig in and with harp.", {"tempo": "slow", "form": "jig", "instrument": "harp"}, Reason.GRAMMAR),
        (
            "A slow jig, harp, in the high register.",
            {"tempo": "slow", "form": "jig", "instrument": "harp"},
            Reason.ADDED,
        ),
        (
            "A folk song with plucked strings, middle register.",
            {"form": "folk song", "family": "plucked strings", "register": "middle register"},
            Reason.TAG_LIST,
        ),
        (
            "A folk song, harp, with plucked strings.",
            {"form": "folk song", "family": "plucked strings", "instrument": "harp"},
            Reason.TAG_LIST,
        ),
        (
            "A slow, minor jig for cello, harp and viola.",
            {"form": "jig", "tempo": "slow", "mode": "minor", "instrument": "cello harp viola"},
            None,
        ),
    ],
)
def test_what_small_models_leave(caption: str, view: dict[str, str], reason: Reason | None) -> None:
    whole = {"ensemble", "metre", "mode", "form", "family", "register", "composer"}
    whole |= {"instrument"} if "French" in caption else set()
    tags = {name: (given,) if name in whole else tuple(given.split()) for name, given in view.items()}
    assert judged(caption, tags).reason == reason
