"""The captioner that asks a language model, with the template captioner where no answer is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from adsw.augment.captions.backend import Answer, Engine, Model, Question
from adsw.augment.captions.cache import AnswerCache, Answered
from adsw.augment.captions.checks import Judge
from adsw.augment.captions.clean import RULES, Reason
from adsw.augment.captions.prompt import Prompt
from adsw.augment.captions.protocol import (
    ASKED_WITH,
    Asking,
    Caption,
    CaptionOptions,
    TagView,
    key_of_view,
    read_view,
    written,
)
from adsw.augment.captions.registry import backend_of
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import Vocabulary, builtin
from adsw.draws import key_of
from adsw.fingerprint import fingerprint

PUBLISHED_AT_ONCE = 64
"""Number of answers in one file of the cache, and so the most that a killed process loses."""


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """A model, its prompt and options: all that decides a caption but the vocabulary and the view.

    Can be pickled; holds no API key and loads nothing.
    """

    model: Model
    prompt: Prompt
    options: CaptionOptions
    asking: Asking

    @property
    def name(self) -> str:
        """``kind:model``."""
        return f"{self.model.kind}:{self.model.name}"

    @property
    def version(self) -> str:
        """The prompt's version and a hash of the model's revision, the options and the rules of cleaning."""
        # Without what is null: versions of before there was a bound on the views stay the same.
        options = self.options.model_dump(mode="json", exclude={"prompt"}, exclude_none=True)
        settings = {"revision": self.model.revision, "rules": RULES, **options}
        return f"{self.prompt.version}-{fingerprint(settings)[:8]}"

    @property
    def about(self) -> dict[str, object]:
        """What decides the answers; its fingerprint names their cache."""
        reading = {"reading": self.model.reading} if self.model.reading else {}
        return {
            **reading,
            "kind": self.model.kind,
            "model": self.model.name,
            "revision": self.model.revision,
            "prompt": self.prompt.model_dump(mode="json", exclude={"description"}),
            "sampling": self.options.model_dump(mode="json", include=set(ASKED_WITH)),
        }

    def cache(self) -> AnswerCache:
        """Open the cache of its answers.

        Raises:
            InputError: it cannot be written to.
        """
        return AnswerCache(self.asking.folder, self.about)

    def question(self, view: str, attempt: int) -> Question:
        """Return the question about a written view. Its seed depends on the view and the attempt alone."""
        options, tags = self.options, read_view(view)
        return Question(
            messages=self.prompt.messages(tags),
            completion=self.prompt.completion(tags),
            seed=key_of(f"{options.seed}/{key_of_view(view)}/{attempt}") % 2**31,
            temperature=options.temperature if attempt == 1 else options.retry_temperature,
            top_p=options.top_p,
            max_tokens=options.max_tokens,
        )


class Settler:
    """Turns answers into captions. Pure: the same answers give the same caption, whoever asked and when."""

    def __init__(self, plan: ModelPlan, vocabulary: Vocabulary) -> None:
        """Prepare the judge and the stand-in.

        Args:
            plan: the model's name and the options.
            vocabulary: the corpus's, by which the terms in a caption are found.
        """
        self._by = f"{plan.name}@{plan.version}"
        self._attempts = plan.options.attempts
        self._judge = Judge(plan.prompt, plan.options, vocabulary)
        self._stand_in = TemplateCaptioner(vocabulary)

    def caption(self, view: str, answers: Sequence[Answer]) -> Caption | None:
        """Return the first accepted answer, the template's caption if all attempts failed, or None to ask again.

        Args:
            view: as written by `view_key.written`.
            answers: to the first attempt, the second, ...
        """
        tags = read_view(view)
        reasons: list[Reason] = []
        for attempt, answer in enumerate(answers[: self._attempts], 1):
            judgement = self._judge.judge(tags, answer)
            if judgement.reason is None:
                return Caption(judgement.text, self._by, attempt, tuple(reasons))
            reasons.append(judgement.reason)
        if len(reasons) < self._attempts:
            return None
        return replace(self.templated(view), attempts=self._attempts, rejected=tuple(reasons))

    def templated(self, view: str) -> Caption:
        """Return the template's caption of a written view."""
        (caption,) = self._stand_in.caption([read_view(view)], [key_of_view(view)])
        return caption


class ModelCaptioner:
    """Asks for captions that are not cached, and caches what comes; conforms to `Captioner`.

    One caption per distinct view: keys make no difference. The engine is loaded when something must be asked.
    """

    def __init__(self, plan: ModelPlan, vocabulary: Vocabulary | None = None) -> None:
        """Open the cache of the model's answers.

        Args:
            plan: from `registry.model_plan`.
            vocabulary: of the corpus; the built-in one by default.

        Raises:
            InputError: the cache cannot be written to.
        """
        self._plan = plan
        self._cache = plan.cache()
        self._settler = Settler(plan, vocabulary or builtin())

    @property
    def name(self) -> str:
        """See `Captioner.name`."""
        return self._plan.name

    @property
    def version(self) -> str:
        """See `Captioner.version`."""
        return self._plan.version

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """See `Captioner.caption`.

        Raises:
            AskingStoppedError: asking cannot go on for now; the answers so far are cached.
            InputError: the model cannot be used.
        """
        if len(views) != len(keys):
            raise ValueError(f"{len(views)} views and {len(keys)} keys do not zip")
        texts = [written(view) for view in views]
        cached = self._cache.answers([key_of_view(text) for text in texts])
        settled = self.settle({text: cached.of(key_of_view(text)) for text in texts})
        return [settled[text] for text in texts]

    def settle(self, known: Mapping[str, Sequence[Answer]]) -> dict[str, Caption]:
        """Return captions of written views, of which some answers may be known, asking until all are settled.

        Raises:
            AskingStoppedError, InputError: as `caption`.
        """
        answers = {view: list(given) for view, given in known.items()}
        settled: dict[str, Caption] = {}
        # Once more than there are attempts: the last round only settles what the last attempt brought.
        for _ in range(self._plan.options.attempts + 1):
            for view in answers.keys() - settled.keys():
                caption = self._settler.caption(view, answers[view])
                if caption is not None:
                    settled[view] = caption
            pending = [view for view in answers if view not in settled]
            if not pending:
                return settled
            self._ask(pending, answers)
        raise RuntimeError(f"{self.name} answered, but {len(answers) - len(settled)} views are not settled")

    def _ask(self, views: Sequence[str], answers: dict[str, list[Answer]]) -> None:
        """Ask the next attempt of every view, and publish all answers that come, even if asking fails."""
        asked = [(view, len(answers[view]) + 1) for view in views]
        unpublished: list[Answered] = []

        def keep(index: int, answer: Answer) -> None:
            view, attempt = asked[index]
            answers[view].append(answer)
            unpublished.append(Answered(view, key_of_view(view), attempt, answer))
            if len(unpublished) >= PUBLISHED_AT_ONCE:
                self._cache.publish(unpublished)
                unpublished.clear()

        # Answers cost time or money: those that came before an error or a kill by Ctrl-C are published too.
        try:
            self._engine.ask([self._plan.question(view, attempt) for view, attempt in asked], keep)
        finally:
            self._cache.publish(unpublished)

    @cached_property
    def _engine(self) -> Engine:
        """The engine, loaded when it is first needed."""
        return backend_of(self._plan.model.kind).engine(self._plan.model, self._plan.asking)
