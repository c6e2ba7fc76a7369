"""Servers that speak the OpenAI protocol, well and badly: everything over a real connection."""

from __future__ import annotations

import logging
import pickle
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from adsw.augment.captions.backend import Answer, AskingStoppedError
from adsw.augment.captions.captioner import model_plan
from adsw.augment.captions.model_captioner import ModelCaptioner, ModelPlan
from adsw.augment.captions.openai import Server, ServerBackend, wait_of
from adsw.augment.captions.protocol import Asking, CaptionOptions, written
from adsw.errors import InputError
from tests.adsw.augment.captions.conftest import KEY
from tests.adsw.augment.captions.fake_server import FakeServer, Reply, good, tags_in

VIEWS = [{"genre": (f"genre{number}",)} for number in range(12)]
Behave = Callable[[dict[str, Any]], Reply]


def plan_of(server: FakeServer, asking: Asking, **options: object) -> ModelPlan:
    plan = model_plan(server.name, CaptionOptions.model_validate(options), asking)
    assert plan is not None
    return plan


def ask(server: FakeServer, asking: Asking) -> dict[int, Answer]:
    """Answers to a question about every view."""
    plan = plan_of(server, asking)
    answers: dict[int, Answer] = {}
    Server(plan.model, asking).ask([plan.question(written(view), 1) for view in VIEWS], answers.__setitem__)
    return answers


def first(count: int, reply: Reply) -> Behave:
    """Send a reply to the first requests about each view, and answer well then."""
    seen: Counter[str] = Counter()

    def behave(request: dict[str, Any]) -> Reply:
        tag = tags_in(request)[0]
        seen[tag] += 1
        return reply if seen[tag] <= count else good(request)

    return behave


def test_a_good_server(server: FakeServer, asking: Asking) -> None:
    answers = ask(server, asking)
    assert [answers[number].text for number in range(12)] == [
        f"This is a track that one can call genre{number}." for number in range(12)
    ]
    assert answers[0] == Answer(answers[0].text, True, False, 1, 10, 5)
    request = server.requests[0]
    assert request["path"] == "/v1/chat/completions"
    assert {"model", "temperature", "top_p", "seed", "max_tokens"} <= request.keys()
    assert len({one["seed"] for one in server.requests}) == 12


def test_many_at_a_time_but_no_more(server: FakeServer, asking: Asking) -> None:
    server.behave = lambda request: Reply(good(request).text, seconds=0.1)
    began = time.monotonic()
    ask(server, asking.model_copy(update={"concurrency": 4}))
    assert server.most_at_once == 4
    assert time.monotonic() - began < 12 * 0.1


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(status=500, body='{"error": {"message": "out of memory"}}'),
        Reply(status=503, body="<html>busy</html>"),
        Reply(status=429, body='{"error": {"message": "slow down"}}', headers={"retry-after": "0.05"}),
        Reply(body='{"choices": [{"message": {"content": "half of'),
        Reply(body="nonsense"),
        Reply(body="[]"),
        Reply(body='{"choices": []}'),
        Reply(body='{"choices": [{"message": {"content": ["a", "list"]}}]}'),
    ],
    ids=["500", "503", "429", "cut", "nonsense", "list", "no choices", "parts"],
)
def test_trouble_that_passes(server: FakeServer, asking: Asking, trouble: Reply) -> None:
    server.behave = first(2, trouble)
    answers = ask(server, asking)
    assert {answer.requests for answer in answers.values()} == {3}
    assert len(server.requests) == 36
    server.behave = first(3, trouble)
    with pytest.raises(AskingStoppedError, match="failed 3 times"):
        ask(server, asking)


def test_retry_after_is_honoured(server: FakeServer, asking: Asking) -> None:
    server.behave = first(1, Reply(status=429, body="{}", headers={"retry-after": "0.4"}))
    began = time.monotonic()
    ask(server, asking)
    assert time.monotonic() - began >= 0.4
    server.behave = first(1, Reply(status=429, body="{}", headers={"retry-after": "3600"}))
    with pytest.raises(AskingStoppedError, match="asks to wait 3600 s"):
        ask(server, asking)


def test_retry_after_may_be_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    wait = wait_of({"retry-after": soon})
    assert wait is not None
    assert 20 < wait <= 30
    assert wait_of({"retry-after": "tomorrow"}) is None
    assert wait_of({}) is None


def test_no_money_left_is_not_waited_for(server: FakeServer, asking: Asking) -> None:
    server.behave = lambda _: Reply(status=429, body='{"error": {"code": "insufficient_quota", "message": "pay"}}')
    with pytest.raises(AskingStoppedError, match="pay"):
        ask(server, asking.model_copy(update={"concurrency": 1}))
    assert len(server.requests) == 1


def test_a_server_too_slow(server: FakeServer, asking: Asking) -> None:
    server.behave = first(1, Reply("late", seconds=1.5))
    answers = ask(server, asking.model_copy(update={"timeout_s": 0.7, "tries": 9}))
    assert min(answer.requests for answer in answers.values()) >= 2
    assert {answer.text for answer in answers.values()} & {"late"} == set()


def test_a_question_that_breaks_the_server_does_not_stop_the_rest(server: FakeServer, asking: Asking) -> None:
    def behave(request: dict[str, Any]) -> Reply:
        breaks = tags_in(request) == ["genre7"]
        return Reply(status=500, body="{}", seconds=0.1) if breaks else good(request)

    server.behave = behave
    answers = ask(server, asking)
    assert [index for index, answer in answers.items() if answer.refused] == [7]
    assert answers[7].requests == 3


def test_what_was_answered_before_it_stopped_is_told(server: FakeServer, asking: Asking) -> None:
    server.behave = lambda request: Reply(status=503, body="{}") if tags_in(request) == ["genre7"] else good(request)
    told: list[int] = []
    plan = plan_of(server, asking)
    engine = Server(plan.model, asking.model_copy(update={"concurrency": 2}))
    with pytest.raises(AskingStoppedError):
        engine.ask([plan.question(written(view), 1) for view in VIEWS], lambda index, _: told.append(index))
    assert set(range(7)) <= set(told)
    assert 7 not in told


def test_the_budget_counts_every_request(server: FakeServer, asking: Asking) -> None:
    server.behave = first(1, Reply(status=500, body="{}"))
    with pytest.raises(AskingStoppedError, match="--caption-requests"):
        ask(server, asking.model_copy(update={"requests": 9}))
    assert len(server.requests) == 9


def test_the_budget_loses_nothing(server: FakeServer, asking: Asking) -> None:
    plan = plan_of(server, asking.model_copy(update={"requests": 5}))
    with pytest.raises(AskingStoppedError):
        ModelCaptioner(plan).caption(VIEWS, ["k"] * 12)
    more = plan_of(server, asking)
    captions = ModelCaptioner(more).caption(VIEWS, ["k"] * 12)
    assert len(server.requests) == 12
    assert all(caption.attempts == 1 and not caption.rejected for caption in captions)


def test_a_question_that_the_server_would_not_have(server: FakeServer, asking: Asking) -> None:
    server.behave = lambda request: (
        Reply(status=400, body='{"error": {"message": "filtered"}}')
        if tags_in(request) == ["genre3"]
        else good(request)
    )
    captions = ModelCaptioner(plan_of(server, asking)).caption(VIEWS, ["k"] * 12)
    assert captions[3].rejected == ("server",) * 3
    assert captions[3].captioner.startswith("template@")
    assert not any(caption.rejected for number, caption in enumerate(captions) if number != 3)


def test_refusals_and_nonsense_are_asked_again_and_then_replaced(server: FakeServer, asking: Asking) -> None:
    seen: Counter[str] = Counter()

    def behave(request: dict[str, Any]) -> Reply:
        (tag,) = tags_in(request)
        seen[tag] += 1
        bad = {"genre1": "I'm sorry, I can't do that.", "genre2": "", "genre3": "Das ist ein Lied, und es ist genre3."}
        never = {"genre4": "This is a track with genre4 and a saxophone."}
        late = seen[tag] > 1 and tag in bad
        return good(request) if late or tag not in {**bad, **never} else Reply({**bad, **never}[tag])

    server.behave = behave
    captions = ModelCaptioner(plan_of(server, asking)).caption(VIEWS, ["k"] * 12)
    found = {number: caption.rejected for number, caption in enumerate(captions) if caption.rejected}
    assert found == {1: ("refusal",), 2: ("empty",), 3: ("language",), 4: ("added",) * 3}
    assert [captions[number].attempts for number in range(5)] == [1, 2, 2, 2, 3]
    assert captions[4].captioner.startswith("template@")
    assert captions[1].captioner == captions[0].captioner
    seeds = {one["seed"] for one in server.requests if tags_in(one) == ["genre4"]}
    temperatures = [one["temperature"] for one in server.requests if tags_in(one) == ["genre4"]]
    assert len(seeds) == 3
    assert temperatures == [0.7, 0.9, 0.9]


def test_the_other_name_of_the_limit(server: FakeServer, asking: Asking) -> None:
    said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."

    def behave(request: dict[str, Any]) -> Reply:
        return (
            Reply(status=400, body=f'{{"error": {{"message": "{said}"}}}}')
            if "max_tokens" in request
            else good(request)
        )

    server.behave = behave
    assert len(ask(server, asking)) == 12


def test_the_probe_finds_what_is_wrong(server: FakeServer, asking: Asking) -> None:
    backend = ServerBackend()
    model = backend.find(server.name.removeprefix("openai:"), asking)
    assert backend.probe(model, asking) == 1
    for reply, said in (
        (Reply(status=401, body='{"error": {"message": "no key"}}'), "OPENAI_API_KEY"),
        (Reply(status=404, body='{"detail": "no such model tiny"}'), "no such model tiny"),
        (Reply(status=400, body='{"message": "no seeds here"}'), "no seeds here"),
        (Reply(status=500, body="{}"), "does not answer"),
    ):
        server.behave = lambda _, reply=reply: reply
        with pytest.raises(InputError, match=said):
            backend.probe(model, asking)


def test_an_address_without_v1_gets_a_hint(server: FakeServer, asking: Asking) -> None:
    server.behave = lambda _: Reply(status=404, body="{}")
    backend = ServerBackend()
    bare = server.name.removeprefix("openai:").replace("/v1", "")
    with pytest.raises(InputError, match="end with /v1"):
        backend.probe(backend.find(bare, asking), asking)


def test_a_server_that_is_not_there(asking: Asking) -> None:
    backend = ServerBackend()
    with pytest.raises(InputError, match=r"does not answer: .*127\.0\.0\.1:9/v1 failed 2 times"):
        backend.probe(backend.find("http://127.0.0.1:9/v1#tiny", asking), asking)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://localhost:8000/v1", "names no model"),
        ("localhost:8000/v1#tiny", "begins with http"),
        ("htps://localhost/v1#tiny", "Did you mean https"),
        ("http://#tiny", "is no web address"),
        ("http://localhost:99999999/v1#tiny", "is no web address"),
        ("http://[::1/v1#tiny", "is no web address"),
        ("http://me:sk-secret@localhost/v1#tiny", "must not hold a password"),
        ("http://localhost/v1?key=sk-secret#tiny", "must not hold a query"),
    ],
)
def test_bad_addresses_are_one_clear_error(address: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        model_plan(f"openai:{address}")
    assert "sk-secret" not in str(caught.value)


def test_all_faults_of_an_address_at_once() -> None:
    with pytest.raises(InputError) as caught:
        model_plan("openai:ftp://me:pw@localhost/v1?a=b")
    assert len(caught.value.faults) == 4


def test_the_package_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adsw.augment.captions.openai.importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'adsw\[openai\]'"):
        model_plan("openai:http://localhost/v1#tiny")


def test_the_key_goes_to_the_server_and_nowhere_else(
    server: FakeServer,
    asking: Asking,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    plan = plan_of(server, asking)
    captioner = ModelCaptioner(plan)
    captioner.caption(VIEWS[:3], ["k"] * 3)
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    server.behave = lambda _: Reply(status=401, body=f'{{"error": {{"message": "wrong key {KEY}"}}}}')
    with pytest.raises(InputError, match=r"wrong key \*\*\*") as wrong:
        captioner.caption(VIEWS[3:4], ["k"])
    server.behave = lambda _: Reply(status=500, body=f'{{"error": {{"message": "cannot bill {KEY}"}}}}')
    with pytest.raises(AskingStoppedError, match=r"cannot bill \*\*\*") as broken:
        captioner.caption(VIEWS[4:5], ["k"])
    server.behave = lambda _: Reply(status=400, body=f'{{"error": {{"message": "not for {KEY}"}}}}')
    captioner.caption(VIEWS[5:6], ["k"])
    said = [str(wrong.value), repr(wrong.value), str(broken.value), repr(plan), repr(vars(captioner)), caplog.text]
    said += [pickle.dumps(plan).decode("latin-1"), *capfd.readouterr()]
    said += [file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file()]
    assert not [text for text in said if KEY in text]


def test_without_a_key_the_place_of_one_is_filled(server: FakeServer, asking: Asking) -> None:
    ask(server, asking)
    assert {headers["authorization"] for headers in server.headers} == {"Bearer none"}
