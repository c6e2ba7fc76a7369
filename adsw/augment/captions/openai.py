"""Servers that speak the OpenAI protocol, such as vLLM, llama.cpp or Ollama: ``openai:<base url>#<model>``.

The key comes from the environment variable ``OPENAI_API_KEY`` and goes into requests to that server and nowhere
else: not into files, logs, errors, or the text of an object. Local servers need none.

Uses the package ``openai`` for the protocol, but not its retries, because each counts against the budget of
requests.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from adsw.augment.captions.backend import Answer, AskingStoppedError, Model, OnAnswer, Question
from adsw.augment.captions.protocol import Asking
from adsw.errors import Fault, Faults, InputError, nearest
from adsw.json_text import parse_foreign_json


class RetryLaterError(Exception):
    """A request failed that may succeed later."""

    def __init__(self, why: str, wait_s: float | None = None, broken: bool = False) -> None:
        super().__init__(why)
        self.wait_s = wait_s
        """Seconds to wait that the server asked for."""
        self.broken = broken
        """Whether the server failed on this request, rather than being busy or unreachable."""


def parsed(text: str, requests: int) -> Answer:
    """Return the answer in a response's text.

    Args:
        text: the body of the response.
        requests: number of requests that it took.

    Raises:
        RetryLaterError: the text is cut off, or not an answer.
    """
    try:
        document = parse_foreign_json(text)
        choice = document["choices"][0]
        message = choice["message"]
        content = message["content"]
        usage = document.get("usage") or {}
    except (ValueError, LookupError, TypeError, AttributeError):
        raise RetryLaterError(f"a response that is no answer: {text[:80]!r}", broken=True) from None
    if isinstance(content, list):
        content = _text_of(content)
        if content is None:
            raise RetryLaterError(f"a response without text: {text[:80]!r}", broken=True)
    if content is None:
        content = message.get("refusal")
    if content is not None and not isinstance(content, str):
        raise RetryLaterError(f"a response without text: {text[:80]!r}", broken=True)
    # What the model thought (reasoning_content, reasoning, thinking) stands beside the content and is never read.
    return Answer(
        text=content or "",
        # Some servers leave the reason out.
        finished=choice.get("finish_reason") not in ("length", "content_filter"),
        requests=requests,
        prompt_tokens=_count(usage, "prompt_tokens"),
        answer_tokens=_count(usage, "completion_tokens"),
    )


def _text_of(parts: list[Any]) -> str | None:
    """Return the text in a content of several parts, leaving out the thoughts among them; None if there are others."""
    texts = []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in ("text", "output_text") and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind not in ("thinking", "reasoning", "redacted_thinking"):
            return None
    return "".join(texts)


def _count(usage: Any, name: str) -> int | None:
    """Return a count of tokens, or None if the server sent no valid one."""
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < 2**31 else None  # what the cache's int32 can hold


def message_of(body: object) -> str:
    """Return the message in an error's body, in the forms that servers use."""
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") or inner.get("detail") if isinstance(inner, dict) else inner
        return message if isinstance(message, str) else ""
    return body if isinstance(body, str) else ""


def wait_of(headers: Any) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date, or None if there is none."""
    given = headers.get("retry-after")
    if given is None:
        return None
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


KEY_VARIABLE = "OPENAI_API_KEY"

NO_KEY = "none"
"""Sent where no key is set: the client refuses an empty one."""

_BUSY = frozenset({408, 409, 425, 429})
"""Statuses after which the same request may succeed later."""

_WRONG_SETUP = frozenset({401, 403, 404, 405})
"""Statuses that every other request would get too."""

_PROBE = (
    {"role": "system", "content": "You answer with one word."},
    {"role": "user", "content": "Say yes."},
)


class ServerBackend:
    """See the module's description; conforms to `Backend`."""

    in_process = True
    views_at_once = 128

    def find(self, address: str, asking: Asking) -> Model:
        """See `Backend.find`."""
        del asking
        url, _, name = address.partition("#")
        faults = Faults("The server's address cannot be used")
        _check_url(url, faults)
        if not name.strip():
            faults.add("--captioner", "names no model", f"openai:{_shown(url)}", "Add it: openai:<base url>#<model>")
        if importlib.util.find_spec("openai") is None:
            faults.add("--captioner", "needs the package openai", "openai", "Run: pip install 'adsw[openai]'")
        faults.raise_if_any()
        return Model("openai", name.strip(), url.rstrip("/"), name.strip())

    def probe(self, model: Model, asking: Asking) -> int:
        """See `Backend.probe`: one short question, asked with the settings of all others."""
        return asyncio.run(Server(model, asking).probe())

    def engine(self, model: Model, asking: Asking) -> Server:
        """See `Backend.engine`."""
        return Server(model, asking)


@dataclass(slots=True)
class _Budget:
    """The number of requests that may still be made; None for any number."""

    left: int | None

    def take(self) -> None:
        """Count one request.

        Raises:
            AskingStoppedError: none is left.
        """
        if self.left is not None:
            if self.left <= 0:
                raise AskingStoppedError("The budget of requests is spent (--caption-requests)")
            self.left -= 1


class Server:
    """Asks a server, many questions at a time; conforms to `Engine`."""

    def __init__(self, model: Model, asking: Asking) -> None:
        self._model = model
        self._asking = asking
        self._budget = _Budget(asking.requests)
        self._limit_field = "max_tokens"
        self._answers = 0  # by which a question that fails is distinguished from a server that does

    def ask(self, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        """See `Engine.ask`. Questions in flight are answered before an error is raised."""
        asyncio.run(self._ask_all(questions, on_answer))

    async def probe(self) -> int:
        """Check that the server is there, takes the key, knows the model and understands the request.

        Raises:
            InputError: the server does not answer, or not as it should.
        """
        question = Question(_PROBE, "", 0, 1.0, 1.0, 16)
        async with self._client() as client:
            try:
                answer = await self._answered(client, question, tries=2)
            except (AskingStoppedError, RetryLaterError) as error:
                raise self._unusable(f"does not answer: {error}", "Start it, or mend the address.") from None
        if answer.refused:
            raise self._unusable(f"does not take the request: {answer.text}", "Ask for what it can do.")
        return answer.requests

    async def _ask_all(self, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        """Ask with `concurrency` tasks, each taking the next question; after a failure the others end theirs."""
        waiting = list(enumerate(questions))[::-1]  # the first question is popped first
        stopped: list[Exception] = []

        async def work(client: Any) -> None:
            while waiting and not stopped:
                index, question = waiting.pop()
                try:
                    on_answer(index, await self._answered(client, question, self._asking.tries))
                except Exception as error:
                    stopped.append(error)

        async with self._client() as client:
            await asyncio.gather(*(work(client) for _ in range(min(self._asking.concurrency, len(questions)))))
        if stopped:
            raise stopped[0]

    async def _answered(self, client: Any, question: Question, tries: int) -> Answer:
        """Return the answer to a question, asking again while the server is busy or broken.

        Raises:
            AskingStoppedError: the budget is spent, or all tries failed.
        """
        before = self._answers
        for attempt in range(1, tries + 1):
            self._budget.take()
            try:
                answer = await self._requested(client, question, attempt)
            except RetryLaterError as error:
                if attempt < tries:
                    await asyncio.sleep(self._wait(error, attempt))
                elif error.broken and self._answers > before:
                    # The server fails on this question alone, which must not stop the run at every attempt.
                    return Answer(str(error), refused=True, requests=attempt)
                else:
                    raise AskingStoppedError(f"{self._shown} failed {tries} times: {error}") from None
            else:
                self._answers += 1
                return answer
        raise AssertionError

    def _wait(self, error: RetryLaterError, attempt: int) -> float:
        """Return the seconds before the next try.

        Raises:
            AskingStoppedError: the server asks for more than `Asking.longest_wait_s`.
        """
        asked = error.wait_s or 0.0
        if asked > self._asking.longest_wait_s:
            raise AskingStoppedError(f"{self._shown} asks to wait {asked:.0f} s: {error}") from None
        # Random, so that requests that failed together are not repeated together.
        return max(asked, self._asking.backoff_s * 2.0 ** (attempt - 1) * (1 + random.random() / 4))

    async def _requested(self, client: Any, question: Question, attempt: int) -> Answer:
        """Make one request and return its answer, or raise by its outcome."""
        import openai

        body = {
            "model": self._model.name,
            "messages": list(question.messages),
            "temperature": question.temperature,
            "top_p": question.top_p,
            "seed": question.seed,
            self._limit_field: question.max_tokens,
        }
        try:
            raw = await client.chat.completions.with_raw_response.create(**body)
            text = raw.http_response.text
        except openai.APIStatusError as error:
            return self._of_status(error, attempt)
        except openai.APITimeoutError:
            raise RetryLaterError(f"no answer within {self._asking.timeout_s:g} s") from None
        except openai.APIConnectionError as error:
            raise RetryLaterError(self._scrubbed(str(error.__cause__ or error))) from None
        return parsed(text, attempt)

    def _of_status(self, error: Any, attempt: int) -> Answer:
        """Handle a status other than 200: raise to wait, raise for a wrong setup, or return a refusal."""
        status, message = int(error.status_code), self._scrubbed(message_of(error.body) or error.response.text)
        why = f"status {status}" + (f", {message!r}" if message else "")
        if "insufficient_quota" in str(error.body):
            raise AskingStoppedError(f"{self._shown}: {why}")
        if status in _BUSY or status >= 500:
            raise RetryLaterError(why, wait_of(error.response.headers), broken=status == 500)
        if status in _WRONG_SETUP:
            raise self._unusable(f"says {why}", self._fix(status))
        if self._limit_field in message and "max_completion_tokens" in message:
            # OpenAI's newer models have another name for the limit.
            self._limit_field = "max_completion_tokens"
            raise RetryLaterError(why)
        return Answer(why, refused=True, requests=attempt)

    def _client(self) -> Any:
        """Return a client of the server, with the key from the environment."""
        import openai

        key = os.environ.get(KEY_VARIABLE) or NO_KEY
        timeout, place = self._asking.timeout_s, self._model.place
        return openai.AsyncOpenAI(api_key=key, base_url=place, max_retries=0, timeout=timeout)

    def _unusable(self, rule: str, fix: str) -> InputError:
        """Return the error for a server that cannot be used."""
        fault = Fault("--captioner", f"{self._model.place} {rule}", self._model.name, fix)
        return InputError("The server cannot be used", [fault])

    def _fix(self, status: int) -> str:
        """Return what to do about a status of a wrong setup."""
        if status in (401, 403):
            return f"Set {KEY_VARIABLE} to a key that it takes."
        end = "" if self._model.place.endswith("/v1") else " Its base URL may have to end with /v1."
        return f"Check the model's name and the address.{end}"

    @property
    def _shown(self) -> str:
        return f"The server {self._model.place}"

    def _scrubbed(self, text: str) -> str:
        """Return a server's message, shortened, and without the key in case it repeats it."""
        key = os.environ.get(KEY_VARIABLE)
        text = text.replace(key, "***") if key else text
        return " ".join(text.split())[:300]


def _check_url(url: str, faults: Faults) -> None:
    """Note every fault of a server's address."""
    fix = "Write it like openai:http://localhost:8000/v1#my-model"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        faults.add("--captioner", f"is no web address: {error}", _shown(url), fix)
        return
    near = nearest(parts.scheme, ["http", "https"])
    if parts.scheme not in ("http", "https"):
        hint = f"Did you mean {near}://?" if near else fix
        faults.add("--captioner", "must be an address that begins with http:// or https://", _shown(url), hint)
    elif not host or any(char.isspace() for char in url):
        faults.add("--captioner", "is no web address", _shown(url), fix)
    if parts.username or parts.password:
        faults.add("--captioner", "must not hold a password", _shown(url), f"Set {KEY_VARIABLE} instead.")
    if parts.query:
        faults.add("--captioner", "must not hold a query", _shown(url), "Leave out the ? and what follows it.")


def _shown(url: str) -> str:
    """Return an address without the parts that may be secret."""
    before, at, after = url.rpartition("@")
    scheme = before.partition("://")[0] + "://" if "://" in before else ""
    return (f"{scheme}***@{after}" if at else url).partition("?")[0]
