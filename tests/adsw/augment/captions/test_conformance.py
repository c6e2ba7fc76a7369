"""What every captioner must do: the template, local models, servers, and backends that others install."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from adsw.augment.captions import registry as backends
from adsw.augment.captions.backend import Answer, Model, OnAnswer, Question
from adsw.augment.captions.captioner import captioner_named, captioner_names, model_plan
from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.captions.protocol import Asking, Captioner, CaptionOptions
from adsw.augment.captions.registry import backend_kinds, backend_of
from adsw.augment.vocabulary import builtin
from adsw.errors import InputError
from tests.adsw.augment.captions.fake_server import FakeServer
from tests.adsw.augment.captions.tiny_model import views

Make = Callable[..., Captioner]


class EchoBackend:
    """A backend as another package would install it: it says the tags."""

    in_process = True
    views_at_once = 8

    def find(self, address: str, asking: Asking) -> Model:
        del asking
        return Model("echo", address, address, "1")

    def probe(self, model: Model, asking: Asking) -> int:
        del model, asking
        return 0

    def engine(self, model: Model, asking: Asking) -> EchoBackend:
        del model, asking
        return self

    def ask(self, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        for index in reversed(range(len(questions))):
            tags = questions[index].completion.split("Tags: ")[-1].split("\n")[0].replace(", ", " and ")
            on_answer(index, Answer(f"You can hear {tags} in it."))


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = [EntryPoint("echo", f"{__name__}:EchoBackend", backends.GROUP)]
    monkeypatch.setattr(EntryPoint, "load", lambda _: EchoBackend)
    monkeypatch.setattr(backends, "entry_points", lambda group: installed if group == backends.GROUP else [])


@pytest.fixture(params=["template", "local", "local-chat", "openai", "echo"])
def make(request: pytest.FixtureRequest, server: FakeServer, prompt: str, asking: Asking) -> Make:
    """Makes the captioner of a kind anew, with caches of one's choice."""
    addresses = {
        "template": lambda: "template",
        "local": lambda: f"local:{request.getfixturevalue('completing')}",
        "local-chat": lambda: f"local:{request.getfixturevalue('conversing')}",
        "openai": lambda: server.name,
        "echo": lambda: "echo:any",
    }
    name = addresses[request.param]()

    def made(cache: str = "cache", **options: object) -> Captioner:
        settings = CaptionOptions.model_validate({"prompt": prompt, "max_tokens": 32, "temperature": 0, **options})
        return captioner_named(name, builtin(), settings, asking.model_copy(update={"cache": asking.folder / cache}))

    return made


VIEWS = views()[:9]
KEYS = [str(number) for number in range(len(VIEWS))]


def test_one_caption_per_view_and_each_says_who_worded_it(make: Make) -> None:
    captioner = make()
    captions = captioner.caption(VIEWS, KEYS)
    assert len(captions) == len(VIEWS)
    for view, caption in zip(VIEWS, captions, strict=True):
        assert caption.text.strip() == caption.text != ""
        assert CaptionChecker(view, builtin()).check(caption.text).missing == ()
        stood_in = caption.captioner.startswith("template@")
        assert stood_in or caption.captioner == f"{captioner.name}@{captioner.version}"
        assert len(caption.rejected) == caption.attempts - (0 if stood_in and caption.rejected else 1)


def test_captions_do_not_depend_on_order_company_or_cache(make: Make) -> None:
    captions = make().caption(VIEWS, KEYS)
    assert make().caption(VIEWS[::-1], KEYS[::-1])[::-1] == captions
    fresh = make(cache="other")
    assert [fresh.caption([view], [key])[0] for view, key in zip(VIEWS, KEYS, strict=True)] == captions


def test_tags_in_another_order_are_the_same_view(make: Make) -> None:
    captioner = make()
    view = {"genre": ("jazz", "rock"), "mood": ("calm",)}
    other = {"mood": ("calm",), "genre": ("rock", "jazz")}
    if captioner.name != "template":
        assert captioner.caption([view], ["a"]) == captioner.caption([other], ["b"])


def test_no_views_no_captions(make: Make) -> None:
    assert make().caption([], []) == []


def test_views_and_keys_must_pair_up(make: Make) -> None:
    with pytest.raises(ValueError, match="zip"):
        make().caption(VIEWS, KEYS[1:])


def test_versions_follow_what_decides_the_captions(make: Make) -> None:
    captioner = make()
    assert captioner.version == make(cache="other").version
    if captioner.name != "template":
        assert captioner.version != make(least_coverage=0.5).version
        assert captioner.version != make(seed=1).version


def test_hostile_tags(make: Make) -> None:
    hostile = [
        {"mood": (tag,)} for tag in ("\ud800", "{tags}", "\U0001f3bb", "\u0645\u0631\u062d\u0628\u0627", "a" * 300)
    ]
    captions = make().caption(hostile, ["k"] * len(hostile))
    assert all(caption.text for caption in captions)


def test_names_are_listed() -> None:
    assert captioner_names() == ("template", "echo", "local", "openai", "smollm2")
    assert backend_kinds() == ["echo", "local", "openai", "smollm2"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("templete", "Did you mean 'template'"),
        ("opnai:http://x/v1#m", "Did you mean 'openai'"),
        ("local", "local needs a model"),
        ("openai:", "openai needs a model"),
    ],
)
def test_wrong_names(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        captioner_named(name)
    with pytest.raises(InputError, match="No such captioner"):
        backend_of("none")


def test_a_wrong_address_and_a_wrong_prompt_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        model_plan("openai:here", CaptionOptions(prompt="papr"))
    assert len(caught.value.faults) == 3


def test_plans_can_be_pickled(completing: Path, asking: Asking) -> None:
    plan = model_plan(f"local:{completing}", asking=asking)
    assert plan is not None
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_an_engine_that_answers_nothing_is_loud(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EchoBackend, "ask", lambda *_: None)
    with pytest.raises(RuntimeError, match="1 views are not settled"):
        captioner_named("echo:any", asking=asking).caption([{"genre": ("jazz",)}], ["k"])


def test_answers_are_judged_anew(asking: Asking) -> None:
    """What was asked for with other thresholds, or another vocabulary, is not asked for again."""
    view = {"genre": ("jazz",), "instrument": ("piano",)}

    def poor(_: object, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        for index, _ in enumerate(questions):
            on_answer(index, Answer("This is some jazz."))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EchoBackend, "ask", poor)
        [strict] = captioner_named("echo:any", asking=asking).caption([view], ["k"])
    assert strict.rejected == ("coverage",) * 3
    half, four = CaptionOptions(least_coverage=0.5), CaptionOptions(attempts=4)
    [lenient] = captioner_named("echo:any", options=half, asking=asking).caption([view], ["k"])
    assert (lenient.text, lenient.attempts) == ("This is some jazz.", 1)
    [longer] = captioner_named("echo:any", options=four, asking=asking).caption([view], ["k"])
    assert (longer.attempts, longer.text) == (4, "You can hear jazz and piano in it.")
