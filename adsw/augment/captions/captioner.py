"""Captioners by name: ``template``, ``smollm2``, or ``KIND:ADDRESS`` for a language model."""

from __future__ import annotations

from adsw.augment.captions.backend import Model
from adsw.augment.captions.model_captioner import ModelCaptioner, ModelPlan
from adsw.augment.captions.prompt import prompt_named
from adsw.augment.captions.protocol import Asking, Captioner, CaptionOptions
from adsw.augment.captions.registry import PACKAGED, backend_kinds, backend_of
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import Vocabulary
from adsw.errors import Fault, InputError, together, unknown

TEMPLATE = TemplateCaptioner.name


def captioner_names() -> tuple[str, ...]:
    """Return ``template`` and the kinds of language models."""
    return (TEMPLATE, *backend_kinds())


def captioner_named(
    name: str,
    vocabulary: Vocabulary | None = None,
    options: CaptionOptions | None = None,
    asking: Asking | None = None,
) -> Captioner:
    """Return the captioner of that name.

    Args:
        name: ``template``, ``smollm2``, ``local:MODEL``, ``openai:URL#MODEL``, or an address of an installed backend.
        vocabulary: by which captions are checked; best the corpus's, the built-in one by default.
        options: settings of the questions to a language model; ignored by the template.
        asking: settings of how they are asked; ignored by the template.

    Raises:
        InputError: no such captioner, or every fault of its address and prompt.
    """
    plan = model_plan(name, options, asking)
    return TemplateCaptioner(vocabulary) if plan is None else ModelCaptioner(plan, vocabulary)


def model_plan(name: str, options: CaptionOptions | None = None, asking: Asking | None = None) -> ModelPlan | None:
    """Return the plan of a language model by its name, or None for the template.

    Loads nothing and calls no server.

    Raises:
        InputError: as `captioner_named`.
    """
    if name == TEMPLATE:
        return None
    options, asking = options or CaptionOptions(), asking or Asking()
    model, prompt = together(
        lambda: _model(name, asking), lambda: prompt_named(options.prompt), title="The captioner cannot be used"
    )
    return ModelPlan(model, prompt, options, asking)


def _model(name: str, asking: Asking) -> Model:
    """Return the model of a name ``KIND:ADDRESS``, or of a kind that is one model."""
    kind, colon, address = name.partition(":")
    if kind not in backend_kinds():
        raise InputError("No such captioner", [unknown("--captioner", kind, captioner_names(), "captioner")])
    if kind in PACKAGED:
        return backend_of(kind).find(address, asking)
    if not colon or not address:
        fix = "Write it after a colon, such as local:./my-model or openai:http://localhost:8000/v1#my-model"
        raise InputError("No such captioner", [Fault("--captioner", f"{kind} needs a model", name, fix)])
    return backend_of(kind).find(address, asking)
