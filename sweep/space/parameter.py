"""One searched parameter, as a space file writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from adsw.fingerprint import canonical_json
from sweep.space.distributions import Choices, Distribution, Integers, Reals, Suggester, is_number, same

SHARE = ".share"
"""Ends the names of searched shares."""


@dataclass(frozen=True, slots=True)
class Share(Reals):
    """One part's share of what the parts before it leave."""

    low: float = 0.0
    high: float = 1.0
    before: tuple[str, ...] = ()
    """The parts before it."""
    after: int = 1
    """How many parts come after it."""

    def suggest(self, suggester: Suggester, name: str) -> float:
        """See `Distribution`."""
        return self._at(suggester.suggest_float(name, 0.0, 1.0))

    def encode(self, value: Any) -> float:
        """See `Distribution`: the share's place u in its law."""
        return float(1 - (1 - value) ** self.after)

    def typical(self) -> float:
        """See `Distribution`: the share that makes all weights equal."""
        return 1 / (self.after + 1)

    def points(self, count: int | None) -> list[float] | None:
        """See `Distribution`; a grid takes the points of the whole simplex instead (`Simplex.lattice`)."""
        return None if count is None else [self._at(index / (count - 1)) for index in range(count)]

    def words(self) -> str:
        """See `Distribution`."""
        left = f"what {' and '.join(self.before)} leave{'s' if len(self.before) == 1 else ''}"
        return f"0 to 1 of {left if self.before else 'the whole'}"

    def _at(self, place: float) -> float:
        """Return the share at a place u in its law, the inverse of `encode`."""
        return float(1 - (1 - place) ** (1 / self.after))


@dataclass(frozen=True, slots=True)
class Simplex:
    """Parts whose weights sum to 1."""

    prefix: str
    """What the weights' names begin with: ``text.mix``."""
    parts: tuple[str, ...]
    """Two or more; the last gets what is left."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Dotted names of the weights."""
        return tuple(f"{self.prefix}.{part}" for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the shares that are searched."""
        return tuple(target + SHARE for target in self.targets[:-1])

    def distributions(self) -> dict[str, Share]:
        """Return the distributions of the shares by name, independent of each other."""
        last = len(self.parts) - 1
        return {name: Share(before=self.parts[:index], after=last - index) for index, name in enumerate(self.names)}

    def weights(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Return the weights that shares make, by dotted name.

        >>> Simplex("text.mix", ("human", "caption", "tags")).weights(
        ...     {"text.mix.human.share": 0.2, "text.mix.caption.share": 0.5})
        {'text.mix.human': 0.2, 'text.mix.caption': 0.4, 'text.mix.tags': 0.4}
        """
        weights, left = {}, 1.0
        for target, name in zip(self.targets[:-1], self.names, strict=True):
            weights[target] = left * shares[name]
            left -= weights[target]
        # What is left, and not a product, so that the weights sum to 1.
        return weights | {self.targets[-1]: left}

    def shares(self, weights: Sequence[Any]) -> dict[str, float] | None:
        """Return the shares that give weights in these proportions, or None if no shares do.

        Where the parts before leave nothing, any share would do: it is then the one of equal weights.

        >>> Simplex("text.mix", ("tags", "caption")).shares([1, 3])
        {'text.mix.tags.share': 0.25}
        """
        if not all(is_number(weight) and weight >= 0 for weight in weights) or not sum(weights) > 0:
            return None
        shares = {}
        for index, (name, share) in enumerate(self.distributions().items()):
            left = sum(weights[index:])
            shares[name] = weights[index] / left if left > 0 else share.typical()
        return shares

    def lattice(self, points: int) -> Iterator[dict[str, float]]:
        """Yield the shares of every weight vector whose weights are multiples of 1 / (points - 1), each vector once."""
        for counts in _compositions(points - 1, len(self.parts)):
            yield self.shares(counts) or {}


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to write a total as an ordered sum of `parts` whole numbers, 0 among them."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        for rest in _compositions(total - first, parts - 1):
            yield first, *rest


FINEST = 100_000
"""Most steps of a quniform."""

Role = Literal["scientific", "nuisance", "fixed"]


def _numbers(value: Any, form: str, whole: bool, most: int) -> list[Any]:
    """Return the two or three numbers of a list, or raise ValueError that says what form is expected."""
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= most:
        raise ValueError(f"must be {form}")
    for number in value:
        if not is_number(number):
            raise ValueError(f"must be {form} of finite numbers, and {number!r} is none")
        if whole and not isinstance(number, int):
            raise ValueError(f"must be {form} of whole numbers, and {number!r} is none")
    if value[0] >= value[1]:
        raise ValueError(f"low must be below high, and {value[0]!r} is not below {value[1]!r}")
    if len(value) == 3 and value[2] <= 0:
        raise ValueError(f"the step must be above 0, and {value[2]!r} is not")
    return list(value)


def _uniform(value: Any) -> Distribution:
    low, high = _numbers(value, "[low, high]", whole=False, most=2)
    return Reals(float(low), float(high))


def _loguniform(value: Any) -> Distribution:
    low, high = _numbers(value, "[low, high]", whole=False, most=2)
    if low <= 0:
        raise ValueError(f"low must be above 0 for a logarithm, and {low!r} is not")
    return Reals(float(low), float(high), log=True)


def _integer(value: Any) -> Distribution:
    low, high, *step = _numbers(value, "[low, high] or [low, high, step]", whole=True, most=3)
    if step and (high - low) % step[0]:
        raise ValueError(f"high must lie a multiple of the step above low, and {high - low} is none of {step[0]}")
    return Integers(low, high, step=step[0] if step else 1)


def _logint(value: Any) -> Distribution:
    low, high = _numbers(value, "[low, high]", whole=True, most=2)
    if low < 1:
        raise ValueError(f"low must be at least 1 for a logarithm, and {low!r} is not")
    return Integers(low, high, log=True)


def _quniform(value: Any) -> Distribution:
    numbers = _numbers(value, "[low, high, step]", whole=False, most=3)
    if len(numbers) != 3:
        raise ValueError("must be [low, high, step]")
    low, high, step = map(float, numbers)
    if (high - low) / step > FINEST:
        raise ValueError(f"must have at most {FINEST:,} steps: use uniform")
    distribution = Reals(low, high, step=step)
    if not distribution.holds(high):
        raise ValueError(f"high must lie a multiple of the step above low, and {high - low:g} is none of {step:g}")
    return distribution


def _choice(value: Any) -> Distribution:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of choices")
    if not value:
        raise ValueError("must offer at least one choice")
    for index, choice in enumerate(value):
        _require_plain(choice)
        if any(same(choice, earlier) for earlier in value[:index]):
            raise ValueError(f"choices must differ, and {choice!r} stands there twice")
    values = tuple(value)
    # Samplers look choices up by Python's equality, for which True is 1.
    if any(choice == earlier for index, choice in enumerate(values) for earlier in values[:index]):
        raise ValueError("choices must not mix true with 1 or false with 0")
    return Choices(values)


def _fixed(value: Any) -> Distribution:
    _require_plain(value)
    return Choices((value,))


def _require_plain(value: Any) -> None:
    try:
        canonical_json(value)
    except (TypeError, ValueError):
        raise ValueError(f"must be plain finite values, and {value!r} is not") from None


KINDS: dict[str, Callable[[Any], Distribution]] = {
    "uniform": _uniform,
    "loguniform": _loguniform,
    "int": _integer,
    "logint": _logint,
    "quniform": _quniform,
    "choice": _choice,
    "fixed": _fixed,
}
"""Kinds of distribution by the key that a space file uses."""


def _lists(value: Any) -> Any:
    """Return the conditions under `when` with every single value made a list."""
    if not isinstance(value, dict):
        raise ValueError("must be {other.parameter: value or [values]}")
    wanted = {name: list(item) if isinstance(item, list | tuple) else [item] for name, item in value.items()}
    for name, values in wanted.items():
        if not values:
            raise ValueError(f"{name} needs at least one value")
        for item in values:
            _require_plain(item)
    return wanted


When = Annotated[dict[str, list[Any]], BeforeValidator(_lists)]
"""Active only while each of these others is active and has the given value, or one of those given."""

Points = Annotated[int | None, Field(strict=True, ge=2, le=1000)]
"""How many values a grid takes of a continuous range."""


class Parameter(BaseModel):
    """One parameter: exactly one distribution, and what else is to be said of it.

    uniform     [low, high]: any number, evenly
    loguniform  [low, high], low above 0: any number, evenly in the logarithm
    quniform    [low, high, step]: low, low + step, ..., high
    int         [low, high] or [low, high, step]: whole numbers
    logint      [low, high], low at least 1: whole numbers, evenly in the logarithm
    choice      [value, ...]: one of these, of any kind
    fixed       value: this one; not searched, but it may have a condition

    Two weights that share a whole are one parameter: ``text.mix.caption: {uniform: [0, 1], complement:
    text.mix.tags}`` gives captions the value and tags 1 minus it, so the value is the paper's p_cap.

    More than two weights are searched with `SimplexEntry`, whole schedules with `ScheduleEntry`; both become parameters
    of this sort. A schedule's fields can also be searched one by one, each under the kinds that have it:
    ``text.swap.probability.kind: {choice: [constant, linear]}`` and
    ``text.swap.probability.end: {uniform: [0, 0.5], when: {text.swap.probability.kind: linear}}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, use_attribute_docstrings=True)

    uniform: Any = None
    loguniform: Any = None
    int_: Any = Field(default=None, alias="int")
    logint: Any = None
    quniform: Any = None
    choice: Any = None
    fixed: Any = None
    when: When = {}
    role: Role = "scientific"
    """What is asked about (scientific), or must merely be tuned along (nuisance); fixed goes with `fixed`."""
    complement: str | None = None
    """Another name, given 1 minus this value: two weights on a simplex, searched as one number in [0, 1]."""
    points: Points = None

    _distribution: Distribution = PrivateAttr()
    _target: str | None = PrivateAttr(default=None)
    _simplex: Simplex | None = PrivateAttr(default=None)

    @field_validator("uniform", "loguniform", "int_", "logint", "quniform", "choice", "fixed")
    @classmethod
    def _readable(cls, value: Any, info: Any) -> Any:
        # Only for its faults, so that they have the field's place; `_one_distribution` keeps the distribution.
        KINDS[info.field_name.rstrip("_")](value)
        return value

    @model_validator(mode="after")
    def _one_distribution(self) -> Parameter:
        given = [kind for kind in KINDS if _field(kind) in self.model_fields_set]
        if not given:
            raise ValueError(f"needs a distribution: one of {', '.join(KINDS)}")
        if len(given) > 1:
            raise ValueError(f"must have one distribution, and has {' and '.join(given)}")
        (kind,) = given
        if (self.role == "fixed") != (kind == "fixed") and "role" in self.model_fields_set:
            raise ValueError("role fixed and the distribution fixed go together")
        if self.complement is not None:
            ends = KINDS[kind](getattr(self, _field(kind))).ends()
            if not all(is_number(end) and 0 <= end <= 1 for end in ends):
                raise ValueError("a parameter with a complement must stay in [0, 1]")
        self._distribution = KINDS[kind](getattr(self, _field(kind)))
        return self

    @property
    def distribution(self) -> Distribution:
        """The values it may take."""
        return self._distribution

    @property
    def searched(self) -> bool:
        """Whether a sampler or grid chooses its value, other than for a fixed one."""
        return "fixed" not in self.model_fields_set

    @property
    def simplex(self) -> Simplex | None:
        """The simplex it is a share of, or None."""
        return self._simplex

    def target(self, name: str) -> str:
        """Return the recipe's name that a parameter of this name sets, mostly the same; for all but shares."""
        return self._target or name

    def targets(self, name: str) -> tuple[str, ...]:
        """Return every name of the recipe that depends on the value of a parameter of this name."""
        if self._simplex is not None:
            return self._simplex.targets
        return (self.target(name),) if self.complement is None else (self.target(name), self.complement)

    def setting(self, target: str) -> Parameter:
        """Return the same parameter, to set the recipe's `target` in place of its own name."""
        parameter = self.model_copy()
        parameter._target = target
        return parameter

    def as_share(self, simplex: Simplex, share: Share) -> Parameter:
        """Return the same parameter as a share of a simplex, with the share's distribution."""
        parameter = self.model_copy()
        parameter._simplex, parameter._distribution = simplex, share
        return parameter

    def words(self) -> str:
        """Return a description of its values for people."""
        return self.distribution.words()


def _field(kind: str) -> str:
    """Return the model's field of a kind: `int` would hide the builtin in the class."""
    return "int_" if kind == "int" else kind
