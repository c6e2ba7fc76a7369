"""What answers questions: a local model, a server, or whatever is installed as a backend.

A backend stands for a kind of captioner, the part before the colon in ``local:gpt2``. It checks an address
without loading anything, and builds the engine that answers. Others than those of this package are found
through the entry-point group ``adsw.captioners``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from adsw.augment.captions.options import Asking


@dataclass(frozen=True, slots=True)
class Model:
    """A model that was found."""

    kind: str
    """Its backend."""
    name: str
    """What stores call it: no address, no folder."""
    place: str
    """Where it is: a folder, a name on the Hub, a server's address; no part of any identity."""
    revision: str
    """Identity of its weights as far as it is known; else the name again."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked once."""

    messages: tuple[dict[str, str], ...]
    """``role`` and ``content``, for models that hold conversations."""
    completion: str
    """The same as one text to go on with, for those that do not."""
    seed: int
    """Of whatever is drawn, 31 bits."""
    temperature: float
    top_p: float
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as it came."""

    text: str
    finished: bool = True
    """Whether it ended by itself and not at `Question.max_tokens`."""
    refused: bool = False
    """Whether the server would not have the question."""
    requests: int = 1
    """Requests that it took."""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None


OnAnswer = Callable[[int, Answer], None]
"""Called with the index of a question and its answer, as answers come."""


class AskingStoppedError(Exception):
    """The asking cannot go on for now. What was answered is kept; the same command goes on from there."""


class Engine(Protocol):
    """Answers questions."""

    def ask(self, questions: Sequence[Question], on_answer: OnAnswer) -> None:
        """Answer every question, in any order. An answer depends on its question alone, as far as the model allows.

        Raises:
            AskingStoppedError: no more answers for now; those told to `on_answer` are good.
            InputError: the model cannot be used.
        """
        ...


class Backend(Protocol):
    """A kind of captioner."""

    in_process: bool
    """Whether it answers many questions at a time by itself, and so needs no workers."""
    views_at_once: int
    """How many views make one piece of work."""

    def find(self, address: str, asking: Asking) -> Model:
        """Check an address, without loading the model or calling the server.

        Raises:
            InputError: what is wrong with it, all at once.
        """
        ...

    def probe(self, model: Model, asking: Asking) -> int:
        """See that the model answers, where that is cheap; returns the requests that it took.

        Raises:
            InputError: it does not.
        """
        ...

    def engine(self, model: Model, asking: Asking) -> Engine:
        """Load the model, or connect."""
        ...
