"""The arms of an ablation: named configurations, each on its store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_serializer, model_validator

from sweep.space.part import Part, require_name, require_names

STORES = "stores"
"""The word in place of the arms that makes an arm of each store that the run is given."""
STORE = "store"
"""The key of an arm that is not an override: its store."""


class Arms(Part):
    """What the file's `arms` says."""

    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """By the arm's name."""
    stores: dict[str, Annotated[str, AfterValidator(require_name)]] = Field(default_factory=dict)
    """Names of the stores of those arms that name one."""
    one_per_store: bool = False
    """Whether there shall be an arm for each store, and which those are is not known yet."""

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, value: Any) -> Any:
        if isinstance(value, Arms):
            return value
        if value == STORES:
            return {"one_per_store": True}
        if not isinstance(value, Mapping):
            raise ValueError("must be a mapping of names to overrides, or the word stores")
        # An arm written with nothing after its name overrides nothing.
        named = {name: {} if item is None else item for name, item in value.items()}
        mappings = {name: item for name, item in named.items() if isinstance(item, Mapping)}
        return {
            "overrides": named | {name: _without_store(item) for name, item in mappings.items()},
            "stores": {name: item[STORE] for name, item in mappings.items() if STORE in item},
        }

    @field_validator("overrides")
    @classmethod
    def _named(cls, value: dict[str, Any]) -> dict[str, Any]:
        require_names([*value])
        return value

    @model_serializer
    def _to_file(self) -> Any:
        if self.one_per_store:
            return STORES
        stores = {name: {STORE: store} for name, store in self.stores.items()}
        return {name: {**stores.get(name, {}), **item} for name, item in self.overrides.items()}


def _without_store(item: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in item.items() if key != STORE}
