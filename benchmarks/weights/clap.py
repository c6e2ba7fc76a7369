"""Random weights of CLAP, laid out as laion/clap-htsat-unfused and laion/clap-htsat-fused have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_TINY_AUDIO = {
    "depths": [1, 1, 1, 1],
    "num_attention_heads": [1, 1, 2, 2],
    "patch_embeds_hidden_size": 16,
    "hidden_size": 128,
    "projection_dim": 24,
}
_TINY_TEXT = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 20,
}


def write(folder: Path, name: str, tiny: bool, seed: int = 0) -> Path:
    """Write both towers, one ``model.safetensors``; see `benchmarks.weights.Writer`.

    ``clap-fused`` is the model with feature fusion, any other name the one without.
    """
    import torch
    from transformers import ClapConfig, ClapModel

    from adsw.hub import quiet_transformers

    fused = name == "clap-fused"
    audio: dict[str, Any] = {"enable_fusion": fused, "fusion_type": None} | (_TINY_AUDIO if tiny else {})
    config = ClapConfig(
        audio_config=audio, text_config=_TINY_TEXT if tiny else {}, projection_dim=audio.get("projection_dim", 512)
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ClapModel(config).eval()
        _liven(model)
    with quiet_transformers():
        model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(_preparation(fused), indent=2))
    return folder


def _liven(model: Any) -> None:
    """Give the statistics of the mel bands the values that music has, about -30 dB and 15 dB on both sides: random
    layers then see inputs near 0 and 1, as trained ones do, and tell sounds apart."""
    norm = model.audio_model.audio_encoder.batch_norm
    norm.running_mean.fill_(-30.0)
    norm.running_var.fill_(225.0)


def _preparation(fused: bool) -> dict[str, Any]:
    """The published preprocessor_config.json."""
    return {
        "chunk_length_s": 10,
        "feature_extractor_type": "ClapFeatureExtractor",
        "feature_size": 64,
        "fft_window_size": 1024,
        "frequency_max": 14000,
        "frequency_min": 50,
        "hop_length": 480,
        "max_length_s": 10,
        "n_fft": 1024,
        "nb_frequency_bins": 513,
        "nb_max_frames": 1000,
        "nb_max_samples": 480000,
        "padding": "repeatpad",
        "padding_side": "right",
        "padding_value": 0.0,
        "processor_class": "ClapProcessor",
        "return_attention_mask": False,
        "sampling_rate": 48000,
        "top_db": None,
        "truncation": "fusion" if fused else "rand_trunc",
    }
