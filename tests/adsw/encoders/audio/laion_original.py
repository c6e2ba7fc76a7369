"""laion-clap's own audio tower and preparation, imported the ordinary way and called plainly: the reference.

Its package cannot be imported without torchvision and a network, so its ``__init__`` files are left out, and the
functions that prepare audio are taken out of a file that downloads tokenizers when it is imported.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import json
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

_SAMPLES = 480_000


class LaionOriginal:
    """Everything of laion-clap that a test compares with."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("laion_clap")
        assert spec is not None
        assert spec.submodule_search_locations
        self._folder = Path(spec.submodule_search_locations[0])
        self._htsat = self._imported()
        self._config = json.loads((self._folder / "clap_module/model_configs/HTSAT-base.json").read_text())["audio_cfg"]
        self._prepare = self._functions("get_audio_features", "int16_to_float32", "float32_to_int16")

    def model(self, checkpoint: Path, width: int, depths: Sequence[int], heads: Sequence[int], classes: int) -> Any:
        """The audio tower with a checkpoint's weights."""
        model = self._htsat.HTSAT_Swin_Transformer(
            spec_size=256,
            patch_size=4,
            patch_stride=(4, 4),
            num_classes=classes,
            embed_dim=width,
            depths=list(depths),
            num_heads=list(heads),
            window_size=8,
            config=types.SimpleNamespace(**self._config),
        )
        state = torch.load(checkpoint, weights_only=False)["state_dict"]
        prefix = "module.audio_branch."
        model.load_state_dict({key.removeprefix(prefix): state[key] for key in state if key.startswith(prefix)})
        return model.eval()

    def outputs(self, model: Any, waves: Sequence[Any]) -> dict[str, Any]:
        """What its `get_audio_embedding_from_data` gives to the model, and what the model makes of it, as arrays."""
        prepared = []
        for wave in waves:
            quantised = self._prepare["int16_to_float32"](self._prepare["float32_to_int16"](wave))
            audio = torch.from_numpy(quantised).float()
            sample = self._prepare["get_audio_features"](
                {}, audio, _SAMPLES, data_truncating="rand_trunc", data_filling="repeatpad", audio_cfg=self._config
            )
            prepared.append(sample["waveform"])
        with torch.inference_mode():
            found = model({"waveform": torch.stack(prepared)}, device="cpu")
        return {key: value.numpy() for key, value in found.items()}

    def _imported(self) -> Any:
        before = set(sys.modules)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("laion_clap", "laion_clap.clap_module"):
                package = types.ModuleType(name)
                package.__path__ = [str(self._folder / name.partition(".")[2])]
                patch.setitem(sys.modules, name, package)
            for name in ("torchvision", "torchvision.ops", "torchvision.ops.misc"):
                patch.setitem(sys.modules, name, types.ModuleType(name))
            patch.setattr(sys.modules["torchvision.ops.misc"], "FrozenBatchNorm2d", object, raising=False)
            module = importlib.import_module("laion_clap.clap_module.htsat")
        for name in set(sys.modules) - before:
            if name.startswith("laion_clap"):
                del sys.modules[name]
        return module

    def _functions(self, *names: str) -> dict[str, Any]:
        tree = ast.parse((self._folder / "training/data.py").read_text())
        tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
        found = {"np": np, "torch": torch, "F": torch.nn.functional, "suppress": contextlib.suppress}
        exec(compile(tree, "data.py", "exec"), found)
        return found
