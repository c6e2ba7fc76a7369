"""Settings of captioners and of the bank, read from the options of a command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from rich.markup import escape

from adsw.augment.captions.protocol import Asking, CaptionOptions
from adsw.augment.captions.registry import suited_to
from adsw.augment.vocabulary import builtin
from adsw.console import console
from adsw.errors import Fault, Faults, InputError, faults_of, unknown
from adsw.yaml_file import read_value

if TYPE_CHECKING:
    from adsw.augment.bank import BankConfig
    from adsw.augment.vocabulary import Vocabulary

PAPER = "paper"

_BANK_OPTIONS = {
    "views_per_count": "--views",
    "levels": "--levels",
    "captions_per_count": "--captions-per-count",
    "held_out_levels": "--held-out-levels",
    "swaps_per_text": "--swaps",
    "swaps_per_category": "--swaps",
    "swap_max_terms": "--swap-terms",
    "swap_draw": "--swap-draw",
}

# Settings that cannot be given by --caption, and the options that set them.
_APART = {"prompt": "--caption-prompt", "cache": "--caption-cache", "requests": "--caption-requests"}


def caption_settings(
    prompt: str | None, settings: Sequence[str], cache: Path | None, requests: int | None, captioner: str = ""
) -> tuple[CaptionOptions, Asking]:
    """Read what a language model is asked and how from the options of a command.

    Args:
        prompt: of --caption-prompt; None for the one that suits the captioner.
        settings: of --caption, each ``key=value``.
        cache: of --caption-cache.
        requests: of --caption-requests.
        captioner: of --captioner, for what suits it where nothing is said.

    Raises:
        InputError: everything that is wrong with them.
    """

    faults = Faults("The captions cannot be made so")
    given = _pairs(settings, faults)
    made: list[Any] = []
    given = {**suited_to(captioner), **given, **({} if prompt is None else {"prompt": prompt})}
    for model, apart in ((CaptionOptions, {}), (Asking, {"cache": cache, "requests": requests})):
        fields = {name: value for name, value in given.items() if name in model.model_fields}
        try:
            made.append(model.model_validate({**fields, **apart}))
        except ValidationError as error:
            for fault in faults_of(error, model):
                where = _APART.get(fault.where, f"--caption {fault.where}")
                faults.extend([Fault(where, fault.rule, fault.value, fault.fix)])
    faults.raise_if_any()
    return made[0], made[1]


def _pairs(settings: Sequence[str], faults: Any) -> dict[str, Any]:
    """Return the values of ``key=value`` lines by key; add a fault for every line that is wrong."""

    known = [name for name in (*CaptionOptions.model_fields, *Asking.model_fields) if name not in _APART]
    pairs: dict[str, Any] = {}
    for line in settings:
        name, equals, text = line.partition("=")
        name = name.strip()
        if not equals:
            faults.add("--caption", "must be key=value", line, "Write it like --caption temperature=0.5")
        elif name in _APART:
            faults.add(f"--caption {name}", "has an option of its own", text, f"Use {_APART[name]}.")
        elif name not in known:
            faults.extend([unknown("--caption", name, known, "setting")])
        elif name in pairs:
            faults.add(f"--caption {name}", "is given twice", text, "Give it once.")
        else:
            try:
                pairs[name] = read_value(text)
            except ValueError as error:
                faults.add(f"--caption {name}", str(error), text)
    return pairs


def bank_settings(views: str, levels: int | None, swaps: int, seed: int, **more: object) -> BankConfig:
    """Read the bank's settings from the options of a command.

    Args:
        views: of --views: a number, or ``paper``.
        levels: of --levels.
        swaps: of --swaps.
        seed: of --seed.
        **more: further fields, by name.

    Raises:
        InputError: everything that is wrong with them.
    """

    from adsw.augment.bank import BankConfig

    title = "The bank cannot be made so"
    others = {"levels": levels, "swaps_per_text": swaps, "swaps_per_category": swaps, "seed": seed, **more}
    try:
        if views == PAPER:
            return BankConfig.paper(**others)
        return BankConfig.model_validate({"views_per_count": views, **others})
    except ValidationError as error:
        named = (
            Fault(_BANK_OPTIONS.get(fault.where, fault.where), fault.rule, fault.value, fault.fix)
            for fault in faults_of(error, BankConfig)
        )
        # One option may set two fields, which then have the same fault.
        raise InputError(title, list(dict.fromkeys(named))) from error


Value = TypeVar("Value")

Other = TypeVar("Other")


class Attempts:
    """Gathers what is wrong with options.

    >>> attempts = Attempts()
    >>> attempts.get(lambda: 1, otherwise=0)
    1
    >>> attempts.raise_if_any()
    """

    def __init__(self) -> None:
        self._errors: list[InputError] = []

    def get(self, opener: Callable[[], Value], otherwise: Other) -> Value | Other:
        """Return what an opener gives; if it raises InputError, note the faults and return `otherwise`."""
        try:
            return opener()
        except InputError as error:
            self._errors.append(error)
            return otherwise

    def raise_if_any(self, more: Callable[[], Iterable[Fault]] = tuple) -> None:
        """Raise InputError with all faults noted, if there are any.

        Args:
            more: called for further faults if some were noted.
        """
        if self._errors:
            faults = [fault for error in self._errors for fault in error.faults]
            raise InputError("; ".join(error.title for error in self._errors), [*faults, *more()])


def tell_conflicts(vocabulary: Vocabulary) -> None:
    """Print each term added to the built-in vocabulary that has several senses, and which of them counts."""

    known = set(builtin().conflicts)
    out = console()
    for conflict in vocabulary.conflicts:
        if conflict not in known:
            others = ", ".join(conflict.others)
            line = f"[yellow]{escape(conflict.surface)}[/] is {escape(conflict.chosen)}, not {escape(others)}"
            out.print(line, soft_wrap=True)
