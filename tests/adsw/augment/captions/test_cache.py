"""The cache of answers: shared, torn, merged, raced, and never different for it."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.augment.captions import cache as cache_module
from adsw.augment.captions.backend import Answer
from adsw.augment.captions.cache import ANSWERS, AnswerCache, Answered, Answers
from adsw.augment.captions.protocol import Asking, canonical, key_of_view, read_view, written
from adsw.errors import InputError

ABOUT = {"model": "tiny", "prompt": "p"}


def answered(view: str, attempt: int, text: str, **changes: object) -> Answered:
    return Answered(view, key_of_view(view), attempt, Answer(text, **changes))  # type: ignore[arg-type]


VIEWS = [written({"genre": (name,)}) for name in ("jazz", "rock", "folk", "dub")]
KEYS = [key_of_view(view) for view in VIEWS]


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path, ABOUT)
    full = Answer("two\nlines \ud7ff", finished=False, refused=True, requests=3, prompt_tokens=9, answer_tokens=None)
    cache.publish([Answered(VIEWS[0], KEYS[0], 1, full), answered(VIEWS[0], 2, "again")])
    cache.publish([answered(VIEWS[1], 1, "rock")])
    cache.publish([])
    found = AnswerCache(tmp_path, ABOUT).answers(KEYS)
    assert found.of(KEYS[0]) == [full, Answer("again")]
    assert found.of(KEYS[1]) == [Answer("rock")]
    assert found.of(KEYS[2]) == []
    assert found.has(KEYS).tolist() == [True, True, False, False]
    assert found.only([KEYS[1], KEYS[3]])["text"].to_pylist() == ["rock"]
    assert json.loads((cache.folder / "about.json").read_text()) == ABOUT


def test_other_questions_have_another_folder(tmp_path: Path) -> None:
    AnswerCache(tmp_path, ABOUT).publish([answered(VIEWS[0], 1, "a")])
    assert AnswerCache(tmp_path, {**ABOUT, "prompt": "q"}).answers(KEYS).of(KEYS[0]) == []


def test_a_folder_of_other_questions_under_this_name_is_refused(tmp_path: Path) -> None:
    right = AnswerCache(tmp_path, ABOUT).folder
    AnswerCache(tmp_path, {**ABOUT, "prompt": "q"}).folder.rename(tmp_path / "other")
    shutil.rmtree(right)
    (tmp_path / "other").rename(right)
    with pytest.raises(InputError, match="holds answers to other questions"):
        AnswerCache(tmp_path, ABOUT)
    (right / "about.json").write_text("{")
    with pytest.raises(InputError, match="cannot be used"):
        AnswerCache(tmp_path, ABOUT)


def test_only_attempts_without_a_gap_count() -> None:
    rows = [{"key": "k", "attempt": n, "view": "{}", "text": str(n), "finished": True, "refused": False, "requests": 1,
             "prompt_tokens": None, "answer_tokens": None} for n in (1, 2, 4)]  # fmt: skip
    table = ANSWERS.empty_table().from_pylist(rows, schema=ANSWERS)
    assert [answer.text for answer in Answers(table).of("k")] == ["1", "2"]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.permutations(range(6)))
def test_the_order_of_arrival_changes_nothing(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    """Two runs that asked the same at once, in any order: one of the answers counts, always the same."""
    given_ = [answered(VIEWS[n % 3], 1, f"answer {n}") for n in range(6)]
    cache = AnswerCache(tmp_path_factory.mktemp("cache"), ABOUT)
    for place in order:
        cache.publish([given_[place]])
    assert [cache.answers(KEYS).of(key)[0].text for key in KEYS[:3]] == ["answer 0", "answer 1", "answer 2"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "empty"])
def test_a_damaged_file_is_set_aside_loudly(tmp_path: Path, damage: str) -> None:
    cache = AnswerCache(tmp_path, ABOUT)
    cache.publish([answered(VIEWS[0], 1, "lost " * 50)])
    (bad,) = cache.folder.glob("*.parquet")
    cache.publish([answered(VIEWS[1], 1, "kept")])
    data = bytearray(bad.read_bytes())
    middle = data.find(b"lost")
    data[middle if middle > 0 else len(data) // 4] ^= 0xFF
    content = {"cut": bytes(data[: len(data) // 2]), "flipped": bytes(data), "foreign": b"PAR1 no", "empty": b""}
    bad.write_bytes(content[damage])
    with pytest.warns(UserWarning, match=bad.name):
        found = cache.answers(KEYS)
    assert found.of(KEYS[0]) == []
    assert found.of(KEYS[1]) == [Answer("kept")]
    assert bad.with_name(bad.name + ".damaged").exists()
    assert AnswerCache(tmp_path, ABOUT).answers(KEYS).of(KEYS[1]) == [Answer("kept")]


def test_files_that_are_being_written_are_not_read(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path, ABOUT)
    (cache.folder / ".half.parquet.0123.part").write_bytes(b"PAR1")
    (cache.folder / ".half.parquet").write_bytes(b"PAR1")
    assert cache.answers(KEYS).table.num_rows == 0


def test_many_files_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_FILES", 3)
    cache = AnswerCache(tmp_path, ABOUT)
    for number in range(4):
        assert len(list(cache.folder.glob("*.parquet"))) == number
        cache.publish([answered(VIEWS[number], 1, str(number))])
    cache.merge()
    assert len(list(cache.folder.glob("*.parquet"))) == 1
    assert [cache.answers(KEYS).of(key)[0].text for key in KEYS] == ["0", "1", "2", "3"]
    cache.merge()
    assert len(list(cache.folder.glob("*.parquet"))) == 1


def test_publishing_merging_and_reading_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_FILES", 2)
    views = [written({"n": (str(number),)}) for number in range(24)]

    def work(number: int) -> int:
        cache = AnswerCache(tmp_path, ABOUT)
        cache.publish([answered(views[number], 1, str(number))])
        cache.merge()
        return len(cache.answers([key_of_view(view) for view in views]).table)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(24)))
    found = AnswerCache(tmp_path, ABOUT).answers([key_of_view(view) for view in views])
    assert [found.of(key_of_view(view))[0].text for view in views] == [str(number) for number in range(24)]


def test_a_merge_that_is_overtaken_lets_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_FILES", 0)
    cache = AnswerCache(tmp_path, ABOUT)
    cache.publish([answered(VIEWS[0], 1, "a")])
    monkeypatch.setattr(cache, "_files", lambda: [cache.folder / "gone.parquet"])
    cache.merge()
    with pytest.raises(RuntimeError, match="changes all the time"):
        cache.answers(KEYS)


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--caption-cache"):
        AnswerCache(tmp_path / "file", ABOUT)


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Asking(cache=tmp_path).folder == tmp_path
    monkeypatch.setenv("ADSW_CACHE", str(tmp_path))
    assert Asking().folder == tmp_path / "captions"
    monkeypatch.delenv("ADSW_CACHE")
    assert "adsw" in Asking().folder.parts


TAGS = st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=4).map(tuple), max_size=4)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(TAGS, st.randoms(use_true_random=False))
def test_a_view_has_one_spelling(view: dict[str, tuple[str, ...]], random: object) -> None:
    items = [(category, tuple(random.sample(tags, len(tags))) + tags[:1]) for category, tags in view.items()]  # type: ignore[attr-defined]
    random.shuffle(items)  # type: ignore[attr-defined]
    assert written(dict(items)) == written(view)
    assert read_view(written(view)) == canonical(view)
    assert written(view).isascii()
