"""Colour classes of street maps, and a recogniser that reads them off aerial photographs.

The second half is the FCN-score protocol of Isola et al. (CVPR 2017, section 4.1): a network trained on true pictures
judges generated ones; what it can still recognise in them was drawn well enough.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from ..data.paired import Jitter, PairedDataset
from ..device import bfloat16_pays
from ..layers import ResidualBlock

CLASSES = ("ground", "street", "highway", "water", "park")
GROUND, STREET, HIGHWAY, WATER, PARK = range(len(CLASSES))

# Colours of the map style of the pix2pix "maps" set. Buildings and campuses count as ground. Ground reaches up to
# (244, 241, 236) and streets start at 248 or so: the emptiest grey level between the two, 247, is the border here.
PROTOTYPES: dict[int, tuple[tuple[int, int, int], ...]] = {
    GROUND: (
        (232, 228, 221), (244, 241, 236), (224, 220, 215), (210, 205, 198), (180, 178, 172),
        (246, 238, 214), (235, 219, 200), (235, 212, 208),
    ),
    STREET: ((254, 254, 252),),
    HIGHWAY: ((249, 158, 37), (248, 180, 92), (254, 222, 110), (250, 205, 140)),
    WATER: ((177, 209, 254), (152, 186, 243)),
    PARK: ((202, 223, 171), (190, 215, 150), (184, 208, 184), (204, 220, 178)),
}  # fmt: skip
_COLOURS = np.array([c for colours in PROTOTYPES.values() for c in colours], np.float32)  # (prototypes, 3)
_CLASS_OF = np.array([k for k, colours in PROTOTYPES.items() for _ in colours], np.uint8)


@lru_cache(maxsize=1)
def _class_table() -> np.ndarray:
    """Class of the nearest prototype for every colour, in cells of 2 levels: uint8 (128, 128, 128)."""
    levels = np.arange(128, dtype=np.float32) * 2 + 0.5
    squares = [(levels[:, None] - _COLOURS[:, c]) ** 2 for c in range(3)]  # (128, prototypes) each
    plane = squares[1][:, None] + squares[2][None]  # (128, 128, prototypes)
    return np.stack([_CLASS_OF[(red + plane).argmin(-1)] for red in squares[0]])


def classify(rgb: np.ndarray) -> np.ndarray:
    """Class of each pixel by its nearest prototype colour: uint8 (..., H, W, 3) -> uint8 (..., H, W)."""
    cell = rgb >> 1
    return _class_table()[cell[..., 0], cell[..., 1], cell[..., 2]]


def confusion(truth: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Pixel counts (5, 5) of class maps of equal shape; rows are the truth, columns the guess."""
    n = len(CLASSES)
    return np.bincount(truth.astype(np.int64).ravel() * n + guess.ravel(), minlength=n * n).reshape(n, n)


def recalls(matrix: np.ndarray) -> np.ndarray:
    """Share of each class's pixels that were found, (5,); NaN for a class the truth does not have."""
    with np.errstate(invalid="ignore"):
        return np.diag(matrix) / matrix.sum(1)


def mean_recall(matrix: np.ndarray) -> float:
    """Mean over the classes that the truth has; a constant answer gets 1 / classes."""
    return float(np.nanmean(recalls(matrix)))


def ious(matrix: np.ndarray) -> np.ndarray:
    """Intersection over union per class, (5,); NaN for a class that neither side has."""
    hits = np.diag(matrix)
    with np.errstate(invalid="ignore"):
        return hits / (matrix.sum(0) + matrix.sum(1) - hits)


class Recogniser(nn.Module):
    """Reads map classes off aerial photographs: a small trained head on a frozen ImageNet network and on the pixels.

    The paper's FCN stood on an ImageNet-trained network too. The features say what a place is; a narrow
    half-resolution branch says where its borders run. The frozen network is not part of the state.

    Args:
        features: (N, 3, H, W) in [-1, 1] -> a list of feature maps, coarse maps last.

    Shape: (N, 3, H, W) in [-1, 1] -> logits (N, 5, H, W); H and W are multiples of 32.
    """

    def __init__(self, features: nn.Module, width: int = 64):
        super().__init__()
        self.frozen = (features,)  # in a tuple, so that it is no submodule
        with torch.inference_mode():
            channels = [t.shape[1] for t in features(torch.zeros(1, 3, 64, 64, device=_device(features)))]
        self.project = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.place = ResidualBlock(width)
        self.stem = nn.Conv2d(12, width // 2, 3, padding=1)
        self.border = ResidualBlock(width // 2)
        self.merge = nn.Conv2d(width + width // 2, width // 2, 3, padding=1)
        self.final = ResidualBlock(width // 2)
        self.head = nn.Conv2d(width // 2, 4 * len(CLASSES), 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            taps = self.frozen[0](x)
        size = taps[0].shape[2:]
        projected = [F.interpolate(p(t), size, mode="bilinear") for p, t in zip(self.project, taps, strict=True)]
        place = self.place(torch.stack(projected).sum(0))  # (N, width, H/4, W/4)
        border = self.border(self.stem(F.pixel_unshuffle(x, 2)))  # (N, width/2, H/2, W/2)
        place = F.interpolate(place, border.shape[2:], mode="bilinear")
        h = self.final(self.merge(torch.cat([place, border], 1)))
        return F.pixel_shuffle(self.head(F.silu(h)), 2)


def _device(module: nn.Module) -> torch.device:
    return next((p.device for p in module.parameters()), torch.device("cpu"))


def class_weights(maps: np.ndarray, sample: int = 200) -> Tensor:
    """Inverse frequencies of the classes in uint8 maps (n, H, W, 3), (5,), so that every class weighs the same.

    The rarest classes are held to 100 times the most common one's weight.
    """
    chosen = maps[:: max(1, len(maps) // sample)]
    shares = np.bincount(classify(np.asarray(chosen)[:, ::2, ::2]).ravel(), minlength=len(CLASSES)) + 1.0
    weights = np.minimum(shares.max() / shares, 100.0)
    return torch.from_numpy((weights * shares.sum() / (weights * shares).sum()).astype(np.float32))


def train_recogniser(
    pairs: np.ndarray,
    features: nn.Module,
    images: int = 12000,
    seed: int = 0,
    crop: int = 128,
    batch: int = 8,
    lr: float = 1e-3,
    device: torch.device | str = "cpu",
    width: int = 64,
) -> Recogniser:
    """Train a recogniser on true (aerial, map) pairs, uint8 (n, 2, S, S, 3), with class-balanced cross-entropy.

    features: see `Recogniser`. images: crops of `crop` px seen. Adam with a one-cycle learning rate up to `lr`;
    bfloat16 autocast where it is faster.
    """
    device = torch.device(device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Recogniser(features.to(device), width).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    stream = PairedDataset(pairs, Jitter(crop, flips=True, rotations=True), seed=seed)
    weights = class_weights(pairs[:, 1]).to(device)
    steps = max(1, images // batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps + 1, pct_start=0.1)
    bar = tqdm(range(steps), desc="recogniser", unit="batch", mininterval=2)
    for step in bar:
        items = [stream[step * batch + i] for i in range(batch)]
        aerial = torch.stack([x["input"] for x in items]).to(device, memory_format=torch.channels_last)
        maps = torch.stack([x["target"] for x in items]).permute(0, 2, 3, 1)
        labels = torch.from_numpy(classify(((maps + 1) * 127.5).round().numpy().astype(np.uint8))).long().to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16_pays(device.type)):
            logits = net(aerial)
        loss = F.cross_entropy(logits.float(), labels, weights)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            bar.set_postfix_str(f"loss {loss.item():.3f}")
    return net.eval()


@torch.inference_mode()
def recognise(net: Recogniser, aerials: np.ndarray) -> np.ndarray:
    """Classes read off uint8 aerials (n, H, W, 3), one picture at a time: uint8 (n, H, W)."""
    device = next(net.parameters()).device
    read = []
    for picture in aerials:
        x = torch.from_numpy(np.array(picture)).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
        read.append(net(x)[0].argmax(0).to(torch.uint8).cpu().numpy())
    return np.stack(read)
