"""`adsw prepare` with a language model, as it is called."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adsw.api.caption_options import bank_settings, caption_settings
from adsw.augment.captions.cache import CaptionSummary
from adsw.augment.captions.protocol import CaptionOptions
from adsw.cli.prepared import caption_lines
from adsw.corpus.manifest import write_manifest
from adsw.errors import InputError
from tests.adsw.augment.captions.fake_server import FakeServer, Reply, good

from ..tiny_encoders import tone, track

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def prepare(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `adsw prepare` on a small corpus into a store: its status, standard output and standard error."""
    folder = tmp_path / "corpus"
    write_manifest([track(n, tone(folder / f"{n}.wav", 200 + 9 * n)) for n in range(6)], folder / "manifest.parquet")
    monkeypatch.setenv("ADSW_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    tiny = ("--audio-encoder", "tiny-audio", "--text-encoder", "tiny-text", "--executor", "local")
    given = ("prepare", folder / "manifest.parquet", "--store", tmp_path / "store", *tiny)
    return lambda *arguments: run(*given, *arguments)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(good).running() as running:
        yield running


def test_what_became_of_the_captions_is_printed(prepare: Run, server: FakeServer, tmp_path: Path) -> None:
    server.behave = lambda request: (
        Reply("A saxophone plays.") if "flute" in request["messages"][-1]["content"] else good(request)
    )
    status, out, err = prepare("--captioner", server.name, "--caption", "attempts=2", "--caption", "concurrency=3")
    assert (status, out) == (0, "")
    for said in (
        "Captioning views",
        "distinct views, 0 from the cache",
        "replaced by the template",
        "coverage",
        "tokens",
    ):
        assert said in err
    document = json.loads((tmp_path / "store" / "store.json").read_text())
    captions = CaptionSummary.model_validate(document["captions"])
    assert captions.replaced > 0
    assert captions.reasons == {"coverage": 2 * captions.replaced}
    assert caption_lines(captions) in err
    assert any((tmp_path / "cache" / "captions").rglob("*.parquet"))
    status, out, _ = prepare("--captioner", server.name, "--caption", "attempts=2", "--json")
    assert status == 0
    assert json.loads(out)["captions"] == document["captions"]


def test_what_a_model_thinks_is_counted_and_never_kept(prepare: Run, server: FakeServer, tmp_path: Path) -> None:
    def behave(request: dict[str, object]) -> Reply:
        thought = "<|channel|>analysis<|message|>We need to name all of it."
        final = f"{thought}<|end|><|start|>assistant<|channel|>final<|message|>"
        asked = str(request["messages"])
        if "flute" in asked.rpartition("Tags: ")[2]:
            return Reply(thought, finish="length")
        return Reply(final + (good(request).text if "Say yes." not in asked else "Yes."))

    server.behave = behave
    status, _, err = prepare("--captioner", server.name, "--caption", "attempts=1")
    assert status == 0
    captions = CaptionSummary.model_validate(json.loads((tmp_path / "store" / "store.json").read_text())["captions"])
    assert captions.accepted_first > 0
    assert captions.replaced > 0
    assert captions.reasons == {"unfinished": captions.replaced}
    assert f"unfinished {captions.replaced}" in err
    kept = str([pq.read_table(file).to_pylist() for file in (tmp_path / "store").rglob("*.parquet")])
    assert "This is a track that one can call" in kept
    assert "We need to" not in kept
    assert "<|" not in kept


def test_a_spent_budget_is_status_3_and_can_be_resumed(prepare: Run, server: FakeServer, tmp_path: Path) -> None:
    cache = ("--caption-cache", tmp_path / "mine")
    status, out, err = prepare("--captioner", server.name, *cache, "--caption-requests", 6)
    assert (status, out) == (3, "")
    assert "--caption-requests" in err
    assert "--resume" in err
    assert "Traceback" not in err
    status, _, err = prepare("--captioner", server.name, *cache, "--resume")
    assert status == 0
    assert any((tmp_path / "mine").rglob("*.parquet"))


def test_all_that_is_wrong_with_the_options_at_once(prepare: Run, tmp_path: Path) -> None:
    status, out, err = prepare(
        "--views", "papr", "--levels", 0, "--caption", "temperature=9", "--caption", "atempts=2", "--caption", "top_p",
        "--caption", "seed=1", "--caption", "seed=2", "--caption", "prompt=x", "--caption-requests", -1,
        "--caption", "cache=x", "--caption", "max_tokens=[", "--captioner", "openai:htp://x#m",
        "--text-encoder", "tiny-tex", "--vocabulary", tmp_path / "none.yaml", "--executor", "rey",
    )  # fmt: skip
    assert (status, out) == (2, "")
    for said in ("--views", "--levels", "temperature", "Did you mean 'attempts'", "key=value", "given twice",
                 "--caption-prompt", "--caption-requests", "--caption-cache", "is not YAML", "begins with http",
                 "Did you mean 'tiny-text'", "none.yaml", "Did you mean 'ray'", "14 faults"):  # fmt: skip
        assert said in err, said
    assert not (tmp_path / "store").exists()


def test_bad_captioners_are_status_2(prepare: Run, tmp_path: Path) -> None:
    for arguments, said in (
        (("--captioner", "openai:localhost#m"), "begins with http"),
        (("--captioner", "openai:http://127.0.0.1:9/v1#m"), "does not answer"),
        (("--captioner", "local:./nothing"), "no such folder"),
        (("--captioner", "ray-lm:x"), "unknown captioner"),
        (("--captioner", "openai:http://127.0.0.1:9/v1#m", "--caption-prompt", "papr"), "Did you mean 'paper'"),
    ):
        status, out, err = prepare(*arguments)
        assert (status, out) == (2, "")
        assert said in " ".join(err.split())
        assert not (tmp_path / "store").exists()


def test_the_user_s_vocabulary_is_used_and_its_conflicts_printed(prepare: Run, tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("instrument:\n  terms: [baroque]\n")
    status, _, err = prepare("--vocabulary", file)
    assert status == 0, err
    assert "baroque is instrument:baroque, not" in err
    status, _, err = prepare("--resume")
    assert status == 2
    assert "vocabulary" in err
    file.write_text("instrument: 7\n")
    assert prepare("--vocabulary", file)[0] == 2


def test_views_of_the_paper() -> None:
    assert bank_settings("paper", None, 1, 0).most_views == 10
    assert bank_settings("3", 4, 2, 5).model_dump(include={"views_per_count", "levels", "swaps_per_text", "seed"}) == {
        "views_per_count": 3, "levels": 4, "swaps_per_text": 2, "seed": 5,
    }  # fmt: skip
    with pytest.raises(InputError, match="--swaps"):
        bank_settings("paper", None, 99, 0)


def test_settings_are_read_as_yaml() -> None:
    options, _ = caption_settings(None, ["max_tokens=30"], None, None, "smollm2:bfloat16")
    assert (options.prompt, options.temperature, options.max_tokens, options.attempts) == ("small", 0, 30, 1)
    assert caption_settings(None, [], None, None, "local:gpt2")[0] == CaptionOptions()
    options, asking = caption_settings("listener", ["temperature=5e-1", "language=any", "tries=2"], None, 7)
    assert (options.prompt, options.temperature, options.language) == ("listener", 0.5, "any")
    assert (asking.tries, asking.requests, asking.cache) == (2, 7, None)
