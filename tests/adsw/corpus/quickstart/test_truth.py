"""Tags against what is rendered: known works by hand, and the notes and the audio measured another way."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

import numpy as np
import pytest

from adsw.corpus.quickstart.build import RATE, interpret, sound_of
from adsw.corpus.quickstart.labels import CATEGORIES
from adsw.corpus.quickstart.performance import BY_NAME, SECONDS, Performance
from adsw.corpus.quickstart.scores import Piece, abc_tune, corpus_folder, decoded
from adsw.corpus.quickstart.selection import COLLECTIONS, Candidate, candidates, read_catalogue
from adsw.corpus.quickstart.synth import Sampler

pytestmark = pytest.mark.corpus

Tags = dict[str, tuple[str, ...]]
Played = tuple[Candidate, Piece, Performance, Tags]

# Major and minor of another study than the one the tags use: Temperley, Music and Probability (2007), table 6.1.
MAJOR = [0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400]
MINOR = [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330]


@lru_cache(maxsize=1)
def played() -> tuple[Played, ...]:
    """Three pieces of every collection."""
    first = islice(candidates(read_catalogue()), 3 * len(COLLECTIONS))
    return tuple((found, *interpret(found, corpus_folder())) for found in first)


@pytest.mark.parametrize(
    ("path", "number", "collection", "facts"),
    [
        ("ryansMammoth/SwallowTailJig.abc", None, "ryan", {"form": "jig", "metre": "6/8 time", "mode": "minor"}),
        ("miscFolk/americanfifeopus.abc", "10", "fife", {"metre": "3/4 time", "mode": "major"}),  # God Save the King
        ("miscFolk/americanfifeopus.abc", "30", "fife", {"metre": "2/4 time", "mode": "major"}),  # Yankee Doodle
        ("bach/bwv66.6.mxl", None, "bach-chorales", {"form": "chorale", "metre": "4/4 time", "texture": "four-part"}),
        ("bach/bwv269.mxl", None, "bach-chorales", {"mode": "major", "metre": "3/4 time", "texture": "four-part"}),
        ("bach/bwv227.1.mxl", None, "bach-chorales", {"form": "chorale", "mode": "minor", "composer": "Bach"}),
        ("mozart/k458/movement1.mxl", None, "quartets", {"mode": "major", "metre": "6/8 time", "composer": "Mozart"}),
        ("beethoven/opus59no2/movement1.mxl", None, "quartets", {"mode": "minor", "metre": "6/8 time"}),
        ("beethoven/opus18no1/movement1.mxl", None, "quartets", {"metre": "3/4 time", "ensemble": "string quartet"}),
        ("palestrina/Agnus.krn", None, "palestrina", {"form": "Agnus Dei", "metre": "4/2 time"}),
    ],
)  # fmt: skip
def test_known_works(path: str, number: str | None, collection: str, facts: dict[str, str]) -> None:
    tags = interpret(Candidate(path, path, number, collection), corpus_folder())[2]
    assert {category: tags[category] for category in facts} == {category: (fact,) for category, fact in facts.items()}


def test_every_track_has_enough_tags_of_known_categories() -> None:
    counts = [sum(len(terms) for terms in tags.values()) for *_, tags in played()]
    assert min(counts) >= 6
    assert 8 <= np.mean(counts) <= 10
    for *_, tags in played():
        assert list(tags) == [category for category in CATEGORIES if category in tags]
        assert {"instrument", "family", "register"} <= set(tags)


def test_the_metre_is_the_headers_and_the_accents_keep_it() -> None:
    checked = 0
    for found, _, performance, tags in played():
        if "metre" not in tags:
            continue
        count, unit = (int(number) for number in tags["metre"][0].removesuffix(" time").split("/"))
        if found.path.endswith(".abc"):
            text = abc_tune(decoded((corpus_folder() / found.path).read_bytes()), found.number)
            header = re.search(r"(?m)^M:\s*(\S+)", text)
            assert header is not None
            assert {"C": "4/4", "C|": "2/2"}.get(header[1], header[1]) == f"{count}/{unit}"
        bar = (4 * count / unit) / (performance.beats_per_minute * performance.beat / 60)
        strong = sorted({note.start_s for note in performance.notes if note.velocity == 104})
        gaps = np.diff(strong) / bar
        assert np.mean(np.abs(gaps - np.round(gaps)) < 0.01) >= 0.9, found.track_id
        checked += 1
    assert checked >= 30


def test_major_and_minor_agree_with_other_key_profiles() -> None:
    checked = 0
    for found, piece, performance, tags in played():
        mode = tags.get("mode", ("",))[0]
        if mode not in ("major", "minor"):
            continue
        weights = np.zeros(12)
        for note in performance.notes:
            weights[note.pitch % 12] += note.duration_s
        fits = {
            (name, tonic): np.corrcoef(np.roll(profile, tonic), weights)[0, 1]
            for name, profile in (("major", MAJOR), ("minor", MINOR))
            for tonic in piece.tonics
        }
        assert max(fits, key=fits.__getitem__)[0] == mode, (found.track_id, fits)
        checked += 1
    assert checked >= 20


def test_the_tempo_is_that_of_the_notes() -> None:
    limits = {"slow": (0, 72), "moderate": (72, 104), "fast": (104, 140), "very fast": (140, 400)}
    for found, piece, performance, tags in played():
        pairs = list(zip(piece.notes, performance.notes, strict=False))  # the rest is cut, or the repeat
        heard = np.array([note.start_s for _, note in pairs])
        quarters_per_second = np.polyfit(heard, [note.start for note, _ in pairs], 1)[0]
        tempo = 60 * quarters_per_second / performance.beat
        low, high = limits[tags["tempo"][0]] if "tempo" in tags else (0, 400)
        assert low < tempo < high, found.track_id
        assert tempo == pytest.approx(performance.beats_per_minute, rel=1e-6)


def test_the_texture_is_what_sounds_together() -> None:
    numbers = {"monophonic": 1, "two-part": 2, "three-part": 3, "four-part": 4, "five-part": 5, "six-part": 6}
    for found, _, performance, tags in played():
        if tags.get("texture", ("chordal",))[0] == "chordal":
            continue
        moments = np.arange(0.05, SECONDS, 0.1)
        together = [sum(n.start_s <= t < n.start_s + n.duration_s for n in performance.notes) for t in moments]
        voices = numbers[tags["texture"][0]]
        assert np.mean([count <= voices for count in together]) > 0.8, found.track_id
        assert np.mean([count >= voices for count in together]) > 0.15, found.track_id


def test_instruments_play_their_programs() -> None:
    for _, _, performance, tags in played():
        programs = {note.program for note in performance.notes}
        assert programs == {BY_NAME[name].program for name in tags["instrument"]}
        assert set(tags["family"]) == {BY_NAME[name].family for name in tags["instrument"]}


def test_the_audio_sounds_the_notes(sampler: Sampler) -> None:
    """The pitch is measured in the audio, at the middle of each longer note of a melody."""
    librosa = pytest.importorskip("librosa")
    clear = {
        "flute",
        "clarinet",
        "oboe",
        "trumpet",
        "violin",
        "cello",
        "trombone",
        "bassoon",
        "harmonica",
        "French horn",
    }
    melodies = [p for p in played() if p[3].get("texture") == ("monophonic",) and set(p[3]["instrument"]) <= clear]
    assert len(melodies) >= 3
    for found, _, performance, tags in melodies[:5]:
        sound = sound_of(performance, sampler)
        right, pitches = [], []
        for note in performance.notes:
            middle = int((note.start_s + 0.6 * note.duration_s) * RATE)
            window = sound[middle - 1024 : middle + 1024]
            if note.duration_s < 0.2 or len(window) < 2048:
                continue
            heard = librosa.yin(window, fmin=50, fmax=3000, sr=RATE, frame_length=2048, center=False)[0]
            right.append(abs(librosa.hz_to_midi(heard) - note.pitch) < 0.5)
            pitches.append(librosa.hz_to_midi(heard))
        assert np.mean(right) > 0.85, found.track_id
        low, high = {"low register": (0, 58), "middle register": (56, 73), "high register": (71, 120)}[
            tags["register"][0]
        ]
        assert low <= np.median(pitches) <= high, found.track_id


def test_the_audio_is_ten_seconds_at_one_loudness(sampler: Sampler) -> None:
    for _, _, performance, _ in played()[::5]:
        sound = sound_of(performance, sampler)
        assert sound.shape == (round(SECONDS * RATE),)
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 0.95
        assert 0.04 < np.sqrt(np.mean(sound**2)) <= 0.1001
        assert abs(sound[-1]) < 1e-3
        quiet = [np.abs(sound[second * RATE : (second + 1) * RATE]).max() for second in range(10)]
        assert np.mean(np.array(quiet) > 0.01) >= 0.9
