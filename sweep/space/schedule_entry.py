"""A whole schedule that is searched as one: its kind, and the fields of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from adsw.errors import nearest
from adsw.train.recipe import SCHEDULED, mixed_dataset
from adsw.train.schedules import FIELDS, MODELS, called
from adsw.train.schedules.kinds import ADAPTIVE, SIGNALS
from sweep.space.parameter import Parameter, Role, When
from sweep.space.part import Part

_Wrong = tuple[tuple[Any, ...], str, Any]
"""A fault: its place, the rule that is broken, and the value given."""


def takes_schedule(name: str) -> bool:
    """Return whether a dotted name of the recipe can be given a schedule."""
    dataset = mixed_dataset(name)
    return name in SCHEDULED or (dataset is not None and name == f"data.mix.{dataset}")


@dataclass(frozen=True, slots=True)
class _Form:
    """One of the kinds to choose among."""

    key: str
    """Its name in the file."""
    kind: str
    """Its kind in the recipe."""
    signal: str | None
    """What an adaptive one follows; None for other kinds."""
    fields: dict[str, Parameter]

    @property
    def label(self) -> str:
        """Part of a name: ``linear``, ``adaptive.plateau``."""
        return self.kind if self.signal is None else f"{self.kind}.{self.signal}"


def _specified(value: Any) -> Any:
    """Return a field's distribution; a plain value is a fixed one."""
    if isinstance(value, Parameter):
        return value
    if not isinstance(value, Mapping):
        return {"fixed": value}
    for key in ("when", "complement"):
        if key in value:
            raise ValueError(f"cannot have {key}: a condition stands beside schedule, and holds for all of it")
    return value


def _sound_kinds(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Return the kinds with their fields; raise the faults of unknown ones together with those of values."""
    if not isinstance(value, Mapping) or not value:
        raise ValueError("must be a mapping of kinds to their fields, such as {constant: {value: 0.1}}")
    given = {kind: {} if fields is None else fields for kind, fields in value.items()}
    wrong = [*_wrong_parts(given)]
    dropped = {place for place, _, _ in wrong}
    kept = {
        kind: {field: spec for field, spec in fields.items() if (kind, field) not in dropped}
        for kind, fields in given.items()
        if (kind,) not in dropped
    }
    # Unknown parts are left out, so that pydantic still finds what is wrong with the others.
    try:
        kinds = handler(kept)
    except ValidationError as error:
        wrong += [(item["loc"], item["msg"], item["input"]) for item in error.errors(include_url=False)]
    if wrong:
        raise ValidationError.from_exception_data("schedule", [_details(*fault) for fault in wrong])
    return kinds


def _details(place: tuple[Any, ...], rule: str, given: Any) -> InitErrorDetails:
    error = PydanticCustomError("schedule", "{rule}", {"rule": rule.removeprefix("Value error, ")})
    return InitErrorDetails(type=error, loc=tuple(map(str, place)), input=given)


class ScheduleEntry(Part):
    """Kinds to choose among, each with its fields: plain values, or distributions.

    ``text.swap.probability: {schedule: {constant: {value: {uniform: [0, 0.5]}}, linear: {start: 0, end: {uniform: [0,
    0.5]}, epochs: {int: [1, 24]}}}}`` searches ``text.swap.probability.kind`` and each field while the kind has it. A
    field that says the same in all kinds that have it is one parameter, ``text.swap.probability.end``; one that differs
    between kinds is one for each, such as ``text.swap.probability.linear.end``. The kinds are the recipe's; ``adaptive
    on accuracy`` (short: ``adaptive``) and ``adaptive on plateau`` count as two.
    """

    schedule: Annotated[
        dict[str, dict[str, Annotated[Parameter, BeforeValidator(_specified)]]], WrapValidator(_sound_kinds)
    ]
    when: When = Field(default_factory=dict)
    role: Role = "scientific"
    """Of the kind and of every field that says no other."""

    @field_validator("role")
    @classmethod
    def _searched(cls, value: str) -> str:
        if value == "fixed":
            raise ValueError("must be scientific or nuisance: a fixed schedule stands under recipe")
        return value

    def parameters(self, name: str) -> dict[str, Parameter]:
        """Return the parameters by name: the kind, the signal of adaptive kinds, and every field."""
        forms = self._forms()
        kind = f"{name}.kind"
        parameters = {kind: self._choice((form.kind for form in forms), self.when)}
        signals = [form.signal for form in forms if form.signal is not None]
        if signals:
            parameters[f"{name}.signal"] = self._choice(signals, {kind: [ADAPTIVE]})
        for field, owners in _owners(forms).items():
            if _is_one(field, owners, forms):
                parameters[f"{name}.{field}"] = self._parameter(owners[0].fields[field], _when(name, owners, forms))
                continue
            for form in owners:
                made = self._parameter(form.fields[field], _when(name, [form], forms))
                parameters[f"{name}.{form.label}.{field}"] = made.setting(f"{name}.{field}")
        return parameters

    def places(self, name: str) -> dict[str, str]:
        """Return where below `space` each parameter is written; one that several kinds share, at the first."""
        top = f"{name}.schedule"
        places = {f"{name}.kind": top, f"{name}.signal": top}
        for field, owners in _owners(self._forms()).items():
            places[f"{name}.{field}"] = f"{top}.{owners[0].key}.{field}"
            places |= {f"{name}.{form.label}.{field}": f"{top}.{form.key}.{field}" for form in owners}
        return places

    def words(self) -> str:
        """Return a description for people: ``constant (value 0 to 0.5) | linear (start 0, end 0 to 0.5)``."""
        parts = []
        for form in self._forms():
            inside = ", ".join(f"{field} {parameter.words()}" for field, parameter in form.fields.items())
            kind = called(form.kind, form.signal)
            parts.append(f"{kind} ({inside})" if inside else kind)
        return " | ".join(parts)

    def _forms(self) -> list[_Form]:
        forms = []
        for key, fields in self.schedule.items():
            signal = _signal(key, {field: spec.distribution.typical() for field, spec in fields.items()})
            specs = {field: spec for field, spec in fields.items() if field != "signal"}
            forms.append(_Form(key, ADAPTIVE if signal else key, signal, specs))
        return forms

    def _choice(self, values: Iterable[str], when: Mapping[str, Any]) -> Parameter:
        distinct = list(dict.fromkeys(values))
        spec: dict[str, Any] = {"choice": distinct, "role": self.role} if len(distinct) > 1 else {"fixed": distinct[0]}
        return Parameter.model_validate({**spec, "when": dict(when)})

    def _parameter(self, spec: Parameter, when: Mapping[str, Any]) -> Parameter:
        given = _plain(spec)
        if spec.searched:
            given.setdefault("role", self.role)
        return Parameter.model_validate({**given, "when": dict(when)})


def _owners(forms: list[_Form]) -> dict[str, list[_Form]]:
    """Return the kinds that specify each field, by field."""
    owners: dict[str, list[_Form]] = {}
    for form in forms:
        for field in form.fields:
            owners.setdefault(field, []).append(form)
    return owners


def _is_one(field: str, owners: list[_Form], forms: list[_Form]) -> bool:
    """Return whether a field is specified alike in all of its kinds, and one condition can hold exactly for those."""
    first, *others = (_plain(form.fields[field]) for form in owners)
    adaptive = [form for form in forms if form.signal is not None]
    # Some but not all adaptive kinds: a condition on the kind would hold for too many, one on the signal for too few.
    some = [form for form in owners if form.signal is not None]
    return all(other == first for other in others) and (len(owners) == 1 or len(some) in (0, len(adaptive)))


def _when(name: str, owners: list[_Form], forms: list[_Form]) -> dict[str, list[Any]]:
    """Return the condition, as in `When`, that the schedule is of one of the kinds `owners`."""
    signals = [form.signal for form in owners if form.signal is not None]
    if len(signals) == len(owners) < sum(form.signal is not None for form in forms):
        return {f"{name}.signal": signals}
    return {f"{name}.kind": list(dict.fromkeys(form.kind for form in owners))}


def _plain(spec: Parameter) -> dict[str, Any]:
    return spec.model_dump(by_alias=True, exclude_unset=True)


def _signal(key: str, fields: Mapping[str, Any]) -> str | None:
    """Return the signal that an adaptive schedule follows, or None for other kinds."""
    if key == ADAPTIVE:
        return str(fields.get("signal", SIGNALS[0]))
    return key.removeprefix(f"{ADAPTIVE} on ") if key.startswith(ADAPTIVE) else None


def _wrong_parts(given: Mapping[Any, Any]) -> Iterator[_Wrong]:
    """Yield what is wrong with the kinds and the names of their fields."""
    models: list[str] = []
    for key, fields in given.items():
        if key != ADAPTIVE and key not in MODELS:
            yield (key,), _unknown("kind of schedule", key, [*MODELS]), None
        elif not isinstance(fields, Mapping):
            yield (key,), "must be a mapping of the kind's fields", fields
        else:
            signal = _given_signal(fields) if key == ADAPTIVE else None
            if key == ADAPTIVE and signal not in SIGNALS:
                rule = f"must be {' or '.join(SIGNALS)}; both are written as two kinds, adaptive on each"
                yield (key, "signal"), rule, fields["signal"]
                continue
            model = called(key, signal)
            if model in models:
                yield (key,), f"{model} stands there twice", None
            models.append(model)
            yield from _wrong_fields(key, model, fields)


def _given_signal(fields: Mapping[str, Any]) -> Any:
    """Return the signal out of any form that a file or a document gives it."""
    signal = fields.get("signal", SIGNALS[0])
    if isinstance(signal, Parameter):
        signal = _plain(signal)
    return signal["fixed"] if isinstance(signal, Mapping) and set(signal) == {"fixed"} else signal


def _wrong_fields(key: str, model: str, fields: Mapping[Any, Any]) -> Iterator[_Wrong]:
    known = set(MODELS[model].model_fields) - {"kind"} - (set() if key == ADAPTIVE else {"signal"})
    for field in fields:
        if field not in known:
            rule = f"{model} has no {field}" if field in FIELDS else _unknown(f"field of {model}", field, known)
            yield (key, field), rule, None


def _unknown(what: str, name: Any, known: Iterable[str]) -> str:
    near = nearest(str(name), known)
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(sorted(known))}"
    return f"unknown {what} {name!r}; {hint}"
