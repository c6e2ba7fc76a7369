"""Random weights of LAION-CLAP's HTS-AT, in the layout of its published checkpoints."""

from __future__ import annotations

from pathlib import Path

from adsw.encoders.audio.htsat import Architecture

_BASE = Architecture(width=128, depths=(2, 2, 12, 2), heads=(4, 8, 16, 32), classes=527, fft=1024)
_TINY = Architecture(width=96, depths=(2, 2, 6, 2), heads=(4, 8, 16, 32), classes=527, fft=1024)
_SMALL = Architecture(width=16, depths=(2, 2, 2, 2), heads=(1, 2, 4, 8), classes=5, fft=1024)
_PUBLISHED = {
    "htsat": (_BASE, "music_audioset_epoch_15_esc_90.14.pt"),
    "htsat-tiny": (_TINY, "630k-audioset-best.pt"),
}
_LEVEL, _SPREAD = -30.0, 20.0  # decibels in a log-mel spectrogram of music, roughly


def write(folder: Path, name: str, tiny: bool, seed: int = 0) -> Path:
    """Write a checkpoint as training saves it; see `benchmarks.weights.Writer`. It has no text tower, for its size."""
    import numpy as np
    import torch

    architecture, file = _PUBLISHED[name]
    model = (_SMALL if tiny else architecture).unset()
    draw = torch.Generator().manual_seed(seed)
    for key, weight in model.named_parameters():
        if key.startswith(("spectrogram_extractor", "logmel_extractor")):
            continue
        if weight.ndim > 1:
            weight.data.normal_(0, weight[0].numel() ** -0.5, generator=draw)
        else:
            weight.data.fill_(float(key.endswith("weight")))
    buffers = dict(model.named_buffers())
    buffers["bn0.running_mean"].fill_(_LEVEL)
    buffers["bn0.running_var"].fill_(_SPREAD**2)
    state = {f"module.audio_branch.{key}": tensor for key, tensor in model.state_dict().items()}
    rest = {"module.logit_scale_a": torch.tensor(2.6593), "module.text_branch.embeddings.position_ids": torch.arange(8)}
    optimizer = {"state": {}, "param_groups": [{"lr": np.float64(1e-4), "betas": (0.9, 0.999), "params": [0]}]}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file
    torch.save({"epoch": 15, "name": name, "state_dict": {**state, **rest}, "optimizer": optimizer}, path)
    return path
