"""The class of laion-clap's HTS-AT, without importing laion-clap.

Importing that package edits `sys.path`, needs torchvision and downloads tokenizers. Its HTS-AT needs none of it: three
of its files hold the model. They are run here unchanged, each in a separate namespace whose import statements are
answered by this module. Nothing is ever put into `sys.modules`, not even for a moment, so no other thread can meet a
stand-in, and a later import of laion_clap or torchvision is not affected.
"""

from __future__ import annotations

import builtins
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

PACKAGE = "laion_clap"
_FOLDER = "clap_module"
_STANDINS: Mapping[str, tuple[str, ...]] = {"torchvision.ops.misc": ("FrozenBatchNorm2d",), "h5py": ()}
"""Modules that those files import and the model never uses, and the names they take from them."""
_ONE_AT_A_TIME = Lock()


class _Files:
    """Python files of one folder, run once each and kept apart from all other modules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._modules: dict[str, ModuleType] = {}

    def module(self, name: str) -> ModuleType:
        """Return the module of ``name.py``, run at its first use.

        Raises:
            ImportError: there is no such file.
        """
        if name not in self._modules:
            path = self._folder / f"{name}.py"
            if not path.is_file():
                raise ImportError(f"{path} is missing: this release of {PACKAGE} is laid out otherwise")
            module = ModuleType(f"{PACKAGE}.{_FOLDER}.{name}")
            module.__file__ = str(path)
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._answer}
            self._modules[name] = module
            exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
        return self._modules[name]

    def _answer(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        """Answer an import statement in one of the files; the signature is that of `builtins.__import__`."""
        if level:
            return self.module(name)
        if name in _STANDINS:
            standin = ModuleType(name)
            vars(standin).update({wanted: type(wanted, (), {}) for wanted in _STANDINS[name]})
            return standin
        return builtins.__import__(name, globals, locals, fromlist, level)


class _Unset(TorchFunctionMode):
    """Leaves the weights of new layers unset, where torch would draw random numbers that are overwritten at once; and
    gives meshgrid the argument without which it warns."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.nn.init.kaiming_uniform_, torch.nn.init.uniform_):
            return kwargs["tensor"]
        if func is torch.functional.meshgrid:
            kwargs["indexing"] = "ij"
        return func(*args, **kwargs)


def unset_htsat(**arguments: Any) -> torch.nn.Module:
    """Build a ``HTSAT_Swin_Transformer`` with uninitialised weights: all of them must be read from a file.

    No random number is drawn, which takes a quarter of the time and leaves the caller's random state alone.

    Args:
        arguments: of its constructor.

    Raises:
        ImportError: laion-clap is not installed, or in a release that has the class elsewhere.
    """
    # The cache of the class alone would let two threads run the files at once.
    with _ONE_AT_A_TIME:
        made = _htsat_class()
    with _Unset():
        model: torch.nn.Module = made(**arguments)
    return model


@cache
def _htsat_class() -> Callable[..., torch.nn.Module]:
    """Return the class out of laion-clap's files."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise ImportError(f"{PACKAGE} is not installed")
    module = _Files(Path(package.submodule_search_locations[0]) / _FOLDER).module("htsat")
    module.trunc_normal_ = lambda tensor, **_: tensor  # type: ignore[attr-defined]  # see _Unset
    htsat: Callable[..., torch.nn.Module] = module.HTSAT_Swin_Transformer
    return htsat
