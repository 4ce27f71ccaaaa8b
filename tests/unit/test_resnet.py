"""The thin ResNet-50 that distances are measured through."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from cgan_demo.errors import WeightsNotFound
from cgan_demo.evaluation import resnet
from cgan_demo.evaluation.resnet import ResNet50Thin, fill


def node(kind: str, *names: str) -> SimpleNamespace:
    return SimpleNamespace(op_type=kind, input=list(names[:-1]), output=[names[-1]])


def test_it_gives_five_maps() -> None:
    maps = ResNet50Thin(4)(torch.rand(2, 3, 64, 96) * 2 - 1)
    assert [tuple(m.shape[1:]) for m in maps] == [(4, 32, 48), (8, 16, 24), (16, 8, 12), (32, 4, 6), (64, 2, 3)]
    assert not any(p.requires_grad for p in ResNet50Thin(4).parameters())


def test_batch_norms_of_a_graph_are_folded_into_its_convolutions() -> None:
    network, rng = ResNet50Thin(4), np.random.default_rng(0)
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    known: dict[str, np.ndarray] = {}
    nodes, norms = [], []
    for i, conv in enumerate(convolutions):
        known[f"w{i}"] = rng.normal(size=tuple(conv.weight.shape)).astype(np.float32)
        mean, scale, shift = rng.normal(size=(3, conv.out_channels))
        known |= {f"mean{i}": mean[None], f"scale{i}": scale[None], f"shared{i}": shift[None]}
        chain = [("Conv", "x", f"w{i}"), ("Cast",), ("Sub", f"mean{i}"), ("Mul", f"scale{i}"), ("Add", f"shift{i}")]
        nodes.append(node("Identity", f"shared{i}", f"shift{i}"))
        for step, (kind, *inputs) in enumerate(chain):
            inputs = inputs if kind == "Conv" else [f"{i}.{step - 1}", *inputs]
            nodes.append(node(kind, *inputs, f"{i}.{step}"))
        nodes.append(node("Relu", f"{i}.{len(chain) - 1}", f"{i}.out"))
        norms.append((mean, scale, shift))
    fill(network, nodes, known)
    for i, (conv, (mean, scale, shift)) in enumerate(zip(convolutions, norms, strict=True)):
        x = torch.rand(1, conv.in_channels, 8, 8)
        raw = nn.functional.conv2d(x, torch.from_numpy(known[f"w{i}"]), None, conv.stride, conv.padding)
        mean, scale, shift = (torch.from_numpy(v).float().view(1, -1, 1, 1) for v in (mean, scale, shift))
        assert torch.allclose(conv(x), (raw - mean) * scale + shift, atol=1e-3)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resnet, "find_spec", lambda name: None)
    with pytest.raises(WeightsNotFound, match="measure"):
        resnet.resnet50_thin()
