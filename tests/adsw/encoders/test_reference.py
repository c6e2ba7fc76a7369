"""How encoders are named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.encoders.weights import Reference, reference_of
from adsw.errors import InputError

NAMES = st.from_regex(r"\A[a-z][a-z0-9-]{0,9}(:[a-z]{1,5}/[a-z]{1,5})?\Z")
PLACES = st.from_regex(r"\A[A-Za-z0-9._/@=-]{1,20}\Z")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("htsat", ("htsat", None, None)),
        (" htsat ", ("htsat", None, None)),
        ("mert@v1.0", ("mert", "v1.0", None)),
        ("mert@refs/pr/3", ("mert", "refs/pr/3", None)),
        ("mert=models/MERT-v1-95M", ("mert", None, "models/MERT-v1-95M")),
        ("mert=someone/model@abc", ("mert", None, "someone/model@abc")),
        ("mert=/data/a=b@c/model.pt", ("mert", None, "/data/a=b@c/model.pt")),
        ("sentence:org/model", ("sentence:org/model", None, None)),
        ("sentence:org/model@main", ("sentence:org/model", "main", None)),
        ("sentence:mine=./here", ("sentence:mine", None, "./here")),
    ],
)
def test_what_is_written_is_read(text: str, parts: tuple[str | None, ...]) -> None:
    read = Reference.parse(text)
    assert (read.name, read.revision, read.place) == parts
    assert str(read) == text.strip()
    assert Reference.parse(str(read)) == read


@settings(max_examples=50, deadline=None, derandomize=True)
@given(NAMES, st.none() | st.from_regex(r"\A[a-z0-9./]{1,9}\Z"), st.none() | PLACES)
def test_parsing_undoes_writing(name: str, revision: str | None, place: str | None) -> None:
    made = Reference(name=name, revision=None if place else revision, place=place)
    assert Reference.parse(str(made)) == made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must begin with a name"),
        ("  ", "must begin with a name"),
        ("@main", "must begin with a name"),
        ("=models", "must begin with a name"),
        ("mert@", "has nothing after @"),
        ("mert=", "has nothing after ="),
        ("mert= ", "has nothing after ="),
        ("mert@main=models", "takes a revision or a place"),
    ],
)
def test_what_cannot_be_understood(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Reference.parse(text)


def test_settings() -> None:
    read = Reference.parse("mert", ["layer=7", " tokens = 4 ", "note=a=b"])
    assert read.settings == {"layer": "7", "tokens": "4", "note": "a=b"}


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Reference.parse("mert@=", ["layer", "=3", "tokens=", "a=1", "a=2"], "--audio-encoder")
    rules = [fault.rule for fault in caught.value.faults]
    assert rules.count("must be KEY=VALUE") == 3
    assert "gives a twice" in rules
    assert {"has nothing after @", "has nothing after =", "takes a revision or a place"} <= set(rules)
    assert {fault.where for fault in caught.value.faults} == {"--audio-encoder", "--audio-encoder setting"}


def test_a_reference_stays_itself() -> None:
    reference = Reference(name="mert", settings={"layer": "7"})
    assert reference_of(reference) is reference
    assert reference_of("mert@main").revision == "main"


def test_given_embeddings() -> None:
    assert Reference.parse("given:mine").is_given
    assert not Reference.parse("given-up").is_given
