"""Parsing of responses in the OpenAI protocol: answers, errors, and how long to wait."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from adsw.augment.captions.engine import Answer


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
        document = json.loads(text)
        choice = document["choices"][0]
        content = choice["message"]["content"]
        usage = document.get("usage") or {}
    except (ValueError, LookupError, TypeError, AttributeError):
        raise RetryLaterError(f"a response that is no answer: {text[:80]!r}", broken=True) from None
    if content is not None and not isinstance(content, str):
        raise RetryLaterError(f"a response without text: {text[:80]!r}", broken=True)
    return Answer(
        text=content or "",
        finished=choice.get("finish_reason") != "length",  # some servers leave the reason out
        requests=requests,
        prompt_tokens=_count(usage, "prompt_tokens"),
        answer_tokens=_count(usage, "completion_tokens"),
    )


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
