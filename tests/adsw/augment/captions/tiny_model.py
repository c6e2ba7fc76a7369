"""A causal language model small enough to be trained in a test: it captions views of three categories."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TAGS = {"genre": ("jazz", "rock"), "instrument": ("flute", "piano"), "mood": ("calm", "dark")}
# Answers a conversation as it goes on with a text, and knows no system.
CHAT_TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system role') }}"
    "{% elif m['role'] == 'user' %}{{ m['content'] }}\nCaption:"
    "{% else %} {{ m['content'] }}{{ eos_token }}{% endif %}{% endfor %}"
)
PROMPT = "user: 'Tags: {tags}'\n"


def views() -> list[dict[str, tuple[str, ...]]]:
    """Every view with one tag of a category at most."""
    found = []
    for chosen in product(*[(None, *tags) for tags in TAGS.values()]):
        view = {category: (tag,) for category, tag in zip(TAGS, chosen, strict=True) if tag}
        if view:
            found.append(view)
    return found


def caption_of(view: dict[str, tuple[str, ...]]) -> str:
    """What the model learns to say of a view."""
    mood, genre, instrument = (view.get(name, ("",))[0] for name in ("mood", "genre", "instrument"))
    start = " ".join(filter(None, ["This is a", mood, genre, "track"]))
    return start + (f" with {instrument}." if instrument else ".")


def build(folder: Path, steps: int = 120) -> Path:
    """Train a tokenizer and a model, and save both."""
    pairs = [(", ".join(tag for tags in view.values() for tag in tags), caption_of(view)) for view in views()]
    texts = [f"Tags: {tags}\nCaption: {caption}" for tags, caption in pairs]
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=1024,
        bos_token_id=0,
        eos_token_id=1,
    )
    model = LlamaForCausalLM(config)
    _train(model, tokenizer, [f"{text}</s>" for text in texts], steps)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _train(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, texts: list[str], steps: int) -> None:
    tokens = [tokenizer(text)["input_ids"] for text in texts]
    width = max(map(len, tokens))
    ids = torch.tensor([[*row, *[1] * (width - len(row))] for row in tokens])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in tokens])
    labels = torch.where(mask.bool(), ids, -100)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(steps):
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def with_chat_template(model: Path, folder: Path) -> Path:
    """The same model, whose tokenizer has a chat template."""
    from shutil import copytree

    copytree(model, folder)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder
