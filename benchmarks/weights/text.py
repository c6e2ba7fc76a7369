"""Random weights of the text encoders, each in the layout of the published ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from adsw.hub import quiet_transformers
from benchmarks.weights.tokenizers_of_text import (
    write_bert_tokenizer,
    write_clip_tokenizer,
    write_mt5_tokenizer,
    write_roberta_tokenizer,
    write_t5_tokenizer,
)

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_SPREAD = 2.0  # deviation of a tiny model's weights, times their fan-in's root: else all texts look alike


@dataclass(frozen=True)
class Shape:
    """The size of a Transformer."""

    width: int
    feed_forward: int
    layers: int
    heads: int
    vocabulary: int = 0
    patch: int = 0
    """Of an image tower: side of a patch in pixels."""

    def tiny(self) -> Shape:
        """For tests: room for all bytes and what is trained."""
        return replace(self, width=32, feed_forward=64, layers=2, heads=4, vocabulary=700, patch=16)

    def config(self) -> dict[str, int]:
        """In the words of most configurations of transformers."""
        return {
            "hidden_size": self.width,
            "intermediate_size": self.feed_forward,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
        }


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "clip": Shape(512, 2048, 12, 8, 49_408),
        "clip-large": Shape(768, 3072, 12, 12, 49_408),
        "t5": Shape(768, 3072, 12, 12, 32_128),
        "mt5": Shape(768, 2048, 12, 12, 250_112),
        "roberta": Shape(768, 3072, 12, 12, 50_265),
        "sentence:": Shape(384, 1536, 6, 12, 30_522),
    }
)
"""Of the published weights; that of ``sentence:`` is all-MiniLM-L6-v2's."""
_IMAGE_TOWERS = {
    "clip": Shape(768, 3072, 12, 12, patch=32),
    "clip-large": Shape(1024, 4096, 24, 16, patch=14),
}


def write(folder: Path, name: str, tiny: bool, seed: int = 0) -> Path:
    """Write random weights of a text encoder; see `benchmarks.weights.Writer`."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    shape = SHAPES[name].tiny() if tiny else SHAPES[name]
    with torch.random.fork_rng(devices=[]), quiet_transformers():
        torch.manual_seed(seed)
        return _WRITERS[name](folder, name, shape) or folder


def _write_clip(folder: Path, name: str, shape: Shape) -> None:
    """Both towers in a checkpoint of PyTorch, with the buffers that the published ones hold."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    tower = _IMAGE_TOWERS[name].tiny() if shape.width < _IMAGE_TOWERS[name].width // 2 else _IMAGE_TOWERS[name]
    # The published configuration has these wrong ends, and the model looks for the highest token instead.
    ends = {"bos_token_id": 0, "eos_token_id": 2}
    text = shape.config() | ends | {"vocab_size": shape.vocabulary, "projection_dim": shape.width}
    vision = tower.config() | {"patch_size": tower.patch, "projection_dim": shape.width}
    model = _sown(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=shape.width)), shape)
    model.config.save_pretrained(folder)
    buffers = {f"{part}.embeddings.position_ids" for part in ("text_model", "vision_model")}
    state = model.state_dict() | {buffer: model.get_buffer(buffer) for buffer in buffers}
    torch.save(state, folder / "pytorch_model.bin")
    write_clip_tokenizer(folder, shape.vocabulary)


def _write_roberta(folder: Path, name: str, shape: Shape) -> None:
    from transformers import RobertaConfig, RobertaForMaskedLM

    del name
    sizes = shape.config() | {"vocab_size": shape.vocabulary, "max_position_embeddings": 514, "type_vocab_size": 1}
    config = RobertaConfig(**sizes, layer_norm_eps=1e-5, bos_token_id=0, pad_token_id=1, eos_token_id=2)
    _sown(RobertaForMaskedLM(config), shape).save_pretrained(folder)
    write_roberta_tokenizer(folder, shape.vocabulary)


def _write_t5(folder: Path, name: str, shape: Shape) -> None:
    from transformers import T5Config, T5ForConditionalGeneration

    del name
    config = T5Config(**_t5_sizes(shape), feed_forward_proj="relu", tie_word_embeddings=True)
    _sown(T5ForConditionalGeneration(config), shape).save_pretrained(folder)
    write_t5_tokenizer(folder)


def _write_mt5(folder: Path, name: str, shape: Shape) -> None:
    import torch
    from transformers import MT5Config, MT5ForConditionalGeneration

    del name
    config = MT5Config(**_t5_sizes(shape), feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    model = _sown(MT5ForConditionalGeneration(config), shape)
    model.config.save_pretrained(folder)
    state = model.state_dict()
    state["lm_head.weight"] = state["lm_head.weight"].clone()  # the published one is not tied to the embeddings
    torch.save(state, folder / "pytorch_model.bin")
    write_mt5_tokenizer(folder)


def _write_sentence(folder: Path, name: str, shape: Shape) -> Path:
    """A BERT in a folder of its own, and beside it the whole as sentence-transformers writes it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    del name
    bert = folder / "bert"
    config = BertConfig(**shape.config(), vocab_size=shape.vocabulary, max_position_embeddings=512)
    _sown(BertModel(config), shape).save_pretrained(bert)
    write_bert_tokenizer(bert, shape.vocabulary)
    modules = [Transformer(str(bert), max_seq_length=256), Pooling(shape.width, "mean"), Normalize()]
    whole = folder / "model"
    SentenceTransformer(modules=modules, device="cpu").save(str(whole), create_model_card=False)
    return whole


_WRITERS: Mapping[str, Callable[[Path, str, Shape], Path | None]] = MappingProxyType(
    {
        "clip": _write_clip,
        "clip-large": _write_clip,
        "t5": _write_t5,
        "mt5": _write_mt5,
        "roberta": _write_roberta,
        "sentence:": _write_sentence,
    }
)


def _t5_sizes(shape: Shape) -> dict[str, Any]:
    return {
        "d_model": shape.width,
        "d_ff": shape.feed_forward,
        "num_layers": shape.layers,
        "num_heads": shape.heads,
        "d_kv": shape.width // shape.heads,
        "vocab_size": shape.vocabulary,
    }


def _sown(model: PreTrainedModel, shape: Shape) -> Any:
    """The model in evaluation mode; a tiny one with weights so large that attention and order matter."""
    import torch

    if shape.width == SHAPES["clip"].tiny().width:
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 2:
                    parameter.normal_(0, _SPREAD * parameter.shape[1] ** -0.5)
    return model.eval()
