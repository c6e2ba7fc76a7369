"""Interfaces of what answers questions: a local model, a server, or an installed backend.

A backend stands for a kind of captioner, the part before the colon in ``local:gpt2``. It checks an address
without loading anything, and builds the engine that answers. `adsw.augment.captions.registry` names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from adsw.augment.captions.protocol import Asking


@dataclass(frozen=True, slots=True)
class Model:
    """A model and where it is."""

    kind: str
    """The kind of its backend."""
    name: str
    """Its name in stores, without address or folder."""
    place: str
    """A folder, a name on the Hub, or a server's address; not part of any identity."""
    revision: str
    """Identity of its weights if known; else the name again."""
    reading: str = ""
    """How its answers are read, if a change of that made them other texts: part of their cache's identity."""
    package: str | None = None
    """Package of the index that carried its weights, with its version; not part of any identity."""
    weights: Mapping[str, str] = field(default_factory=dict)
    """File of its weights -> SHA-256, where they are on this machine; the revision tells its identity."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request to a model."""

    messages: tuple[dict[str, str], ...]
    """``role`` and ``content``, for models that hold conversations."""
    completion: str
    """The same as one text to continue, for models that do not."""
    seed: int
    """Seed of the sampling, 31 bits."""
    temperature: float
    top_p: float
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's unedited answer."""

    text: str
    finished: bool = True
    """Whether it ended by itself and not at `Question.max_tokens`."""
    refused: bool = False
    """Whether the server refused the question."""
    requests: int = 1
    """Number of requests that it took."""
    prompt_tokens: int | None = None
    """Tokens of the question; None if not known."""
    answer_tokens: int | None = None
    """Tokens of the answer; None if not known."""


OnAnswer = Callable[[int, Answer], None]
"""Called with the index of a question and its answer, as answers come."""


class AskingStoppedError(Exception):
    """Asking cannot go on for now. Answers so far are kept; the same command continues from there."""


class Engine(Protocol):
    """Answers questions."""

    def ask(self, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        """Answer every question, in any order. An answer depends on its question alone, as far as the model allows.

        Raises:
            AskingStoppedError: asking cannot go on for now; the answers given to `on_answer` are good.
            InputError: the model cannot be used.
        """
        ...


class Backend(Protocol):
    """A kind of captioner."""

    in_process: bool
    """Whether one engine in this process answers many questions at a time, so that workers would not help."""
    views_at_once: int
    """Number of views in one piece of work."""

    def find(self, address: str, asking: Asking) -> Model:
        """Check an address, without loading the model or calling the server.

        Raises:
            InputError: what is wrong with it, all at once.
        """
        ...

    def probe(self, model: Model, asking: Asking) -> int:
        """Check that the model answers, where that is cheap, and return the number of requests that it took.

        Raises:
            InputError: it does not.
        """
        ...

    def engine(self, model: Model, asking: Asking) -> Engine:
        """Load the model, or connect."""
        ...
