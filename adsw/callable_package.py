"""Packages that can be called: `adsw.train` is the package, and ``adsw.train(...)`` the function of that name.

Python sets a package as attribute of its parent once anything below it is imported, so that a function of the same
name would be there or not, depending on what was imported before.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class CallablePackage(ModuleType):
    """A package that calls the function of its own name, imported at the first call."""

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        """Call the function."""
        return self._function(*arguments, **settings)

    @property
    def _function(self) -> Any:
        parent, _, name = self.__name__.rpartition(".")
        return getattr(import_module(f"{parent}.api.{name}"), name)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return import_module, (self.__name__,)


def make_callable(package: str) -> None:
    """Make a package callable; it says so in its ``__init__``."""
    sys.modules[package].__class__ = CallablePackage
