"""The networks of the public implementation beside ours: which layer of theirs is which of ours.

Their U-Net is a nest of blocks. The outermost holds [conv, block, relu, convT], each inner one [leaky relu, conv,
norm, block, relu, convT, norm (, dropout)], the innermost [leaky relu, conv, relu, convT, norm]. Their ResNet is one
sequence, in which paddings and dropouts are layers with numbers, too. Ours are the same networks unrolled. What a file
does not show: whether a U-Net had dropout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .checkpoints import State, is_unet
from .paper import UNetGenerator
from .resnet import HALVINGS, ResnetGenerator

CHANNELS = (1, 3, 4)  # grey, RGB, RGB with transparency
DEEPEST = 10  # levels: sides are multiples of 1024 px then
RATE = 0.5  # of their dropout
STATISTICS = ("running_mean", "running_var")  # of a norm


class Misfit(ValueError):
    """What does not fit, as the end of a sentence that begins with the file's name."""


@dataclass(frozen=True)
class Layout:
    """A network of ours, and for each of its layers the name of theirs; norms are a part of these layers."""

    network: type[nn.Module]
    arguments: dict[str, Any]  # of the network
    names: dict[str, str]
    norms: frozenset[str]  # layers of ours


def layout_of(state: State, dropout: bool = True, running: bool = False) -> Layout:
    """What network a state dict is of.

    Args:
        dropout: it drops out: a U-Net, whose file does not say so, does, and a ResNet if its file says so.
        running: batch norms use their running statistics, and not those of the picture; nothing drops out.

    Raises:
        Misfit: the network is not one of ours.
    """
    layout = _unet(state) if is_unet(state) else _resnet(state)
    for end in ("in_channels", "out_channels"):
        if layout.arguments[end] not in CHANNELS:
            raise Misfit(f"has {layout.arguments[end]} {end.replace('_', ' ')}, where pictures have 1, 3 or 4")
    layout.arguments["norm"] = _norm(state, layout, running)
    if running or not dropout:
        layout.arguments["dropout"] = 0.0
    return layout


def _unet(state: State) -> Layout:
    prefixes = ["model.model"]
    while any(name.startswith(f"{inside}.model.") for name in state for inside in [_inside(prefixes)]):
        prefixes.append(f"{_inside(prefixes)}.model")
    depth = len(prefixes)
    if not 3 <= depth <= DEEPEST:
        raise Misfit(f"is a U-Net of {depth} levels, where only 3 to {DEEPEST} can be imported")
    names: dict[str, str] = {}
    for i, prefix in enumerate(prefixes):
        down, up = f"down.{i}", f"up.{depth - 1 - i}"
        outermost, innermost = i == 0, i == depth - 1
        names[f"{down}.0"] = f"{prefix}.{0 if outermost else 1}"
        names[f"{up}.0"] = f"{prefix}.{3 if outermost or innermost else 5}"
        if not outermost and not innermost:
            names[f"{down}.1"] = f"{prefix}.2"
        if not outermost:
            names[f"{up}.1"] = f"{prefix}.{4 if innermost else 6}"
    width, given = _convolution(state, "model.model.0", 4)
    arguments = {
        "in_channels": given,
        "out_channels": _convolution(state, "model.model.3", 4)[1],
        "width": width,
        "depth": depth,
        "dropout": RATE,
        "dropout_levels": list(range(4, depth - 1)),
    }
    return Layout(UNetGenerator, arguments, names, _second_of_pairs(names))


def _inside(prefixes: list[str]) -> str:
    """Where the next block lies within the last of these."""
    return f"{prefixes[-1]}.{1 if len(prefixes) == 1 else 3}"


def _resnet(state: State) -> Layout:
    width, given = _convolution(state, "model.1", 7)
    begin, blocks = 4 + 3 * HALVINGS, 0
    while any(name.startswith(f"model.{begin + blocks}.conv_block.") for name in state):
        blocks += 1
    if blocks == 0:
        raise Misfit("begins as a ResNet generator and has no residual blocks after two halvings")
    # With dropout the second convolution of a block stands one place further back.
    dropout = _is_kernel(state, f"model.{begin}.conv_block.6")
    names = _resnet_names(blocks, 6 if dropout else 5)
    arguments = {
        "in_channels": given,
        "out_channels": _convolution(state, names["head"], 7)[0],
        "width": width,
        "blocks": blocks,
        "dropout": RATE if dropout else 0.0,
    }
    return Layout(ResnetGenerator, arguments, names, _second_of_pairs(names))


def _resnet_names(blocks: int, second: int) -> dict[str, str]:
    """`second`: the place of a block's second convolution."""
    names = {"stem.0": "model.1", "stem.1": "model.2"}
    place = 4  # of the next convolution; after it come its norm and its ReLU
    for i in range(HALVINGS):
        names |= {f"down.{i}.0": f"model.{place}", f"down.{i}.1": f"model.{place + 1}"}
        place += 3
    for i in range(blocks):
        block = f"model.{place}.conv_block"
        names |= {f"blocks.{i}.first.0": f"{block}.1", f"blocks.{i}.first.1": f"{block}.2"}
        names |= {f"blocks.{i}.second.0": f"{block}.{second}", f"blocks.{i}.second.1": f"{block}.{second + 1}"}
        place += 1
    for i in range(HALVINGS):
        names |= {f"up.{i}.0": f"model.{place}", f"up.{i}.1": f"model.{place + 1}"}
        place += 3
    return names | {"head": f"model.{place + 1}"}  # behind a padding


def _second_of_pairs(names: dict[str, str]) -> frozenset[str]:
    """The norms: each is the second of a convolution and its norm."""
    return frozenset(name for name in names if name.endswith(".1"))


def _is_kernel(state: State, layer: str, size: int | None = None) -> bool:
    weight = state.get(f"{layer}.weight")
    return weight is not None and weight.ndim == 4 and (size is None or tuple(weight.shape[2:]) == (size, size))


def _convolution(state: State, layer: str, size: int) -> tuple[int, int]:
    """The first two sides of a convolution's weights: outputs and inputs, of a transposed one inputs and outputs."""
    if not _is_kernel(state, layer, size):
        raise Misfit(f"has no {size} x {size} convolution {layer}")
    first, second = state[f"{layer}.weight"].shape[:2]
    return int(first), int(second)


def _norm(state: State, layout: Layout, running: bool) -> str:
    """The kind of norm (see `layers.make_norm`) that the tensors of a network speak of."""
    norms = [layout.names[name] for name in layout.norms]
    if any(f"{layer}.weight" in state for layer in norms):
        return "batch" if running else "picture"
    biased = not _biases(layout).isdisjoint(state)
    tracked = any(f"{layer}.{kind}" in state for layer in norms for kind in STATISTICS)
    return "instance" if biased or tracked else "none"


def _biases(layout: Layout) -> set[str]:
    """Their names of the biases that their networks have with instance norm only: of all convolutions but the last."""
    convolutions = [theirs for name, theirs in layout.names.items() if name not in layout.norms]
    last = layout.names["head" if "head" in layout.names else f"up.{layout.arguments['depth'] - 1}.0"]
    return {f"{theirs}.bias" for theirs in convolutions if theirs != last}


def _neutral(state: State, layout: Layout) -> set[str]:
    """Their names of what a network of theirs may lack."""
    biases = _biases(layout)
    names = biases if biases.isdisjoint(state) else set()
    if layout.arguments["norm"] == "instance":
        names = names | {f"{layout.names[norm]}.{kind}" for norm in layout.norms for kind in ("weight", "bias")}
    return names


def renamed(state: State, layout: Layout, ours: State) -> State:
    """Their tensors under our names.

    What they never have is neutral: a convolution's bias 0, the gain and bias of an instance norm 1 and 0.

    Args:
        ours: the state dict of our network, of which names and shapes count.

    Raises:
        Misfit: a layer is missing, of another shape, not of finite numbers, or one too many.
    """
    result, used = {}, set()
    neutral = _neutral(state, layout)
    for name, place in ours.items():
        layer, kind = name.rsplit(".", 1)
        theirs = f"{layout.names[layer]}.{kind}"
        if theirs in state:
            if state[theirs].shape != place.shape:
                raise Misfit(f"has {theirs} of {_size(state[theirs])} where {_size(place)} belongs")
            if not torch.isfinite(state[theirs]).all():
                raise Misfit(f"has numbers in {theirs} that are not finite, so that its training went wrong")
            result[name] = state[theirs].to(place.dtype)
            used.add(theirs)
        elif theirs in neutral or kind == "num_batches_tracked":
            result[name] = torch.full(place.shape, 1 if kind == "weight" else 0, dtype=place.dtype)
        else:
            raise Misfit(f"lacks {theirs}")
    if unused := sorted(set(state) - used - _without_effect(layout)):
        raise Misfit(f"has {unused[0]!r:.120}, which is no part of such a network")
    return result


def _size(tensor: Tensor) -> str:
    return " x ".join(str(n) for n in tensor.shape) or "one number"


def _without_effect(layout: Layout) -> set[str]:
    """Names of theirs that do nothing where a norm takes the statistics of the picture."""
    if layout.arguments["norm"] in ("batch", "none"):
        return set()
    statistics = {f"{layout.names[name]}.{kind}" for name in layout.norms for kind in STATISTICS}
    before = [layout.names[name.removesuffix(".1") + ".0"] for name in layout.norms]
    return statistics | {f"{convolution}.bias" for convolution in before}
