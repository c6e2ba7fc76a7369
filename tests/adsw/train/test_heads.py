"""The packed heads against plain modules, forward and backward, and their parts."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from adsw.store.schema import Dimensions
from adsw.train.head_config import HeadConfig
from adsw.train.heads import LOG_SCALE, Dropout, Heads, Layout, Share, embed
from adsw.train.loss_config import LossConfig

DIMENSIONS = Dimensions(audio_tokens=5, audio_features=7, text_tokens=1, text_features=6)
B, S = 3, 2


class PlainHead(nn.Module):
    """One head as torch's own modules make it, its parameters copied from a packed one's."""

    def __init__(self, p: dict[str, Tensor], modality: str, config: HeadConfig, features: int) -> None:
        super().__init__()
        self.config = config
        self.input = self._linear(p, f"{modality}.input", features, config.width)
        self.position = nn.Parameter(p[f"{modality}.position"].clone())
        self.cls = nn.Parameter(p[f"{modality}.cls"].clone()) if config.pool == "cls" else None
        self.query = nn.Parameter(p[f"{modality}.query"].clone()) if config.pool == "attention" else None
        self.layers = nn.ModuleList()
        for number in range(config.layers):
            layer = nn.TransformerEncoderLayer(
                config.width,
                config.heads,
                config.expansion * config.width,
                0.0,
                "gelu",
                batch_first=True,
                norm_first=True,
            ).double()
            name = f"{modality}.layers.{number}"
            attention = layer.self_attn
            with torch.no_grad():
                attention.in_proj_weight.copy_(p[f"{name}.attend.weight"].T)
                attention.in_proj_bias.copy_(p[f"{name}.attend.bias"])
                attention.out_proj.weight.copy_(p[f"{name}.attended.weight"].T)
                attention.out_proj.bias.copy_(p[f"{name}.attended.bias"])
                layer.linear1.weight.copy_(p[f"{name}.widen.weight"].T)
                layer.linear1.bias.copy_(p[f"{name}.widen.bias"])
                layer.linear2.weight.copy_(p[f"{name}.narrow.weight"].T)
                layer.linear2.bias.copy_(p[f"{name}.narrow.bias"])
            self.layers.append(layer)
        self.output = self._linear(p, f"{modality}.output", config.width, config.out)

    @staticmethod
    def _linear(p: dict[str, Tensor], name: str, inputs: int, outputs: int) -> nn.Linear:
        linear = nn.Linear(inputs, outputs).double()
        with torch.no_grad():
            linear.weight.copy_(p[f"{name}.weight"].T)
            linear.bias.copy_(p[f"{name}.bias"])
        return linear

    def forward(self, x: Tensor) -> Tensor:
        x = self.input(x)
        if self.cls is not None:
            x = torch.cat([self.cls.expand(len(x), 1, -1), x], dim=1)
        x = x + self.position
        for layer in self.layers:
            x = layer(x)
        x = nn.functional.layer_norm(x, x.shape[-1:])
        if self.cls is not None:
            pooled = x[:, 0]
        elif self.query is not None:
            pooled = torch.stack([torch.softmax(each @ self.query, 0) @ each for each in x])
        else:
            pooled = x.mean(dim=1)
        return nn.functional.normalize(self.output(pooled), dim=-1)


def parameters_of(layout: Layout) -> Tensor:
    """Two slots with values everywhere, biases too."""
    generator = torch.Generator().manual_seed(1)
    return torch.stack([layout.initial(seed, LossConfig(), torch.float64) for seed in range(S)]) + 0.05 * torch.randn(
        S, layout.size, dtype=torch.float64, generator=generator
    )


@pytest.mark.parametrize("pool", ["mean", "cls", "attention"])
@pytest.mark.parametrize("modality", ["audio", "text"])
def test_a_packed_head_is_the_plain_head(pool: str, modality: str) -> None:
    config = HeadConfig.model_validate({"width": 8, "out": 4, "heads": 2, "layers": 2, "expansion": 3, "pool": pool})
    layout = Layout(DIMENSIONS, config)
    values = parameters_of(layout).requires_grad_()
    tokens, features = (5, 7) if modality == "audio" else (1, 6)
    x = torch.randn(S, B, tokens, features, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    weights = torch.randn(S, B, config.out, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    embedded = embed(layout.views(values), modality, x, config)
    (embedded * weights).sum().backward()
    assert values.grad is not None
    gradients = layout.views(values.grad)
    for slot in range(S):
        named = {name: value[slot].detach() for name, value in layout.views(values).items()}
        plain = PlainHead(named, modality, config, features)
        expected = plain(x[slot])
        torch.testing.assert_close(embedded[slot], expected, rtol=1e-9, atol=1e-12)
        (expected * weights[slot]).sum().backward()
        pairs = {
            "input.weight": plain.input.weight.grad.T,  # type: ignore[union-attr]
            "output.bias": plain.output.bias.grad,
            "position": plain.position.grad,
            "layers.0.attend.weight": plain.layers[0].self_attn.in_proj_weight.grad.T,  # type: ignore
            "layers.1.narrow.weight": plain.layers[1].linear2.weight.grad.T,  # type: ignore
            "layers.1.attended.bias": plain.layers[1].self_attn.out_proj.bias.grad,  # type: ignore
        }
        pairs |= {"cls": plain.cls.grad} if plain.cls is not None else {}
        pairs |= {"query": plain.query.grad} if plain.query is not None else {}
        for name, gradient in pairs.items():
            torch.testing.assert_close(gradients[f"{modality}.{name}"][slot], gradient, rtol=1e-8, atol=1e-11)


def test_embeddings_are_unit_vectors() -> None:
    config = HeadConfig(width=8, out=4)
    heads = Heads(DIMENSIONS, config, Layout(DIMENSIONS, config).initial(0, LossConfig()))
    for embedded in (heads.audio(torch.randn(6, 5, 7)), heads.text(torch.randn(6, 1, 6).half())):
        assert embedded.shape == (6, 4)
        assert embedded.dtype == torch.float32
        assert not embedded.requires_grad
        torch.testing.assert_close(embedded.norm(dim=1), torch.ones(6))


def test_embeddings_are_unit_vectors_under_autocast() -> None:
    """Normalised in float32: in bfloat16 their norms were .997 to 1.003."""
    config = HeadConfig(width=64, out=128)
    views = Layout(DIMENSIONS, config).views(Layout(DIMENSIONS, config).initial(0, LossConfig())[None])
    with torch.autocast("cpu", torch.bfloat16):
        embedded = embed(views, "audio", torch.randn(1, 200, 5, 7), config)
    assert embedded.dtype == torch.float32
    assert (embedded.norm(dim=-1) - 1).abs().max() < 1e-6


def test_heads_go_through_named_tensors() -> None:
    config = HeadConfig(width=8, out=4, pool="attention")
    layout = Layout(DIMENSIONS, config)
    heads = Heads(DIMENSIONS, config, layout.initial(3, LossConfig(temperature=0.2)))
    tensors = heads.tensors()
    assert sum(value.numel() for value in tensors.values()) == layout.parameters
    assert heads.temperature == pytest.approx(0.2)
    again = Heads.from_tensors(DIMENSIONS, config, tensors)
    x = torch.randn(4, 5, 7)
    assert torch.equal(again.audio(x), heads.audio(x))
    with pytest.raises(KeyError):
        Heads.from_tensors(DIMENSIONS, config, {})
    with pytest.raises(ValueError, match=r"audio.input.weight has shape \[1\], not \[7, 8\]"):
        Heads.from_tensors(DIMENSIONS, config, tensors | {"audio.input.weight": torch.zeros(1)})


def test_a_layout_lays_everything_apart() -> None:
    layout = Layout(DIMENSIONS, HeadConfig(width=8, out=4, pool="cls"))
    values = torch.zeros(1, layout.size)
    for number, view in enumerate(layout.views(values).values(), start=1):
        assert (view == 0).all(), "entries overlap"
        view.fill_(number)
    assert int((values > 0).sum()) == layout.parameters
    for entry in layout.entries:
        assert entry.offset % 16 == 0
        assert (entry.offset < layout.decayed) == entry.decays == entry.name.endswith("weight")


def test_a_start_depends_on_the_seed_alone() -> None:
    layout = Layout(DIMENSIONS, HeadConfig(width=8, out=4))
    start = layout.initial(5, LossConfig())
    assert torch.equal(start, layout.initial(5, LossConfig()))
    assert not torch.equal(start, layout.initial(6, LossConfig()))
    assert torch.equal(layout.initial(5, LossConfig(), torch.float64).float(), start)
    views = layout.views(start[None])
    assert views[LOG_SCALE].item() == pytest.approx(math.log(1 / 0.07))
    assert views["audio.input.weight"].abs().max() <= math.sqrt(6 / 15)
    assert (views["audio.input.bias"] == 0).all()


def test_heads_divide_the_width() -> None:
    with pytest.raises(ValueError, match="must be a multiple of heads"):
        HeadConfig(width=9, heads=2)


CPU = torch.device("cpu")


def test_dropout_zeroes_its_share_and_keeps_the_mean() -> None:
    dropped = Dropout.at([0.0, 0.1, 0.6], ["a", "b", "c"], CPU)(torch.ones(3, 500, 101))
    assert (dropped[0] == 1).all()
    for slot, rate in ((1, 0.1), (2, 0.6)):
        share = float((dropped[slot] == 0).float().mean())
        assert share == pytest.approx(rate, abs=0.01)
        assert float(dropped[slot].mean()) == pytest.approx(1, abs=0.02)
        assert dropped[slot].max().item() == pytest.approx(1 / (1 - rate), rel=1e-4)


def test_dropout_belongs_to_its_slot() -> None:
    values = torch.ones(1, 40, 7)
    alone = Dropout.at([0.3], ["seed/epoch/step"], CPU)
    first, second = alone(values), alone(values)
    assert not torch.equal(first, second)
    beside = Dropout.at([0.5, 0.3], ["other", "seed/epoch/step"], CPU)
    assert torch.equal(beside(values.expand(2, -1, -1))[1], first[0])
    assert torch.equal(beside.only(1)(values), second)
    assert not torch.equal(Dropout.at([0.3], ["seed/epoch/next"], CPU)(values), first)


def test_no_dropout_costs_nothing() -> None:
    values = torch.ones(2, 3, 4)
    assert Dropout.at([0.0, 0.0], ["a", "b"], CPU)(values) is values


def test_a_rows_dropout_is_that_of_its_place_in_the_whole() -> None:
    values = torch.ones(2, 12, 5, 7)
    whole = Dropout.at([0.4, 0.2], ["one", "two"], CPU)
    first, second = whole(values), whole(values)
    for size in (2, 3):
        for rank in range(size):
            rows = torch.arange(rank, 12, size)
            share = Dropout.at([0.4, 0.2], ["one", "two"], CPU).of([Share(rows, 12)] * 2)
            assert torch.equal(share(values[:, rows]), first[:, rows])
            assert torch.equal(share(values[:, rows]), second[:, rows])


def test_padding_takes_no_draws() -> None:
    values = torch.ones(2, 6, 3)
    exact = [Dropout.at([0.4], [key], CPU) for key in ("one", "two")]
    expected = [(each(values[:1, :rows]), each(values[:1, :rows])) for each, rows in zip(exact, (6, 4), strict=True)]
    padded = Dropout.at([0.4, 0.4], ["one", "two"], CPU).of([Share(torch.arange(rows), rows) for rows in (6, 4)])
    for turn in range(2):
        found = padded(values)
        assert torch.equal(found[0], expected[0][turn][0])
        assert torch.equal(found[1, :4], expected[1][turn][0])
