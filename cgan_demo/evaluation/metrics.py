"""Measures between pictures and between sets of pictures. Pictures are uint8 (..., H, W, 3), sRGB, 0-255.

KID and FID come from torchmetrics; the frozen network they look through is handed in, so that it is never the one
that a model was trained with. Precision and recall, which torchmetrics lacks, are here. So is Lab: scikit-image's has
greys 0.005 beside the neutral axis, in another bin, which moves intersections of histograms by 0.002.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from ..errors import DataError


class PooledFeatures(nn.Module):
    """The last feature map of a frozen network, averaged over the picture.

    Args:
        net: (N, 3, H, W) in [-1, 1] -> a list of feature maps, such as `features.efficientnet_lite("lite2")`.

    Shape: uint8 (N, 3, H, W), or float in [-1, 1] -> float32 (N, channels).
    """

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype == torch.uint8:
            x = x.float() / 127.5 - 1
        return self.net(x)[-1].float().mean((2, 3))


class _Given(nn.Identity):
    """Stands where torchmetrics expects a network: the features are computed already, once for both measures."""

    def __init__(self, num_features: int):
        super().__init__()
        self.num_features = num_features


@torch.inference_mode()
def embed(pictures: np.ndarray, features: nn.Module, batch: int = 16) -> Tensor:
    """Features (n, channels) of uint8 pictures (n, H, W, 3); H and W as the network wants them."""
    parts = []
    for start in range(0, len(pictures), batch):
        x = torch.from_numpy(np.array(pictures[start : start + batch])).permute(0, 3, 1, 2).contiguous()
        parts.append(features(x))
    return torch.cat(parts).clone()


def kernel_distance(
    real: Tensor, fake: Tensor, subset_size: int = 50, subsets: int = 100, seed: int = 0
) -> tuple[float, float]:
    """KID (Binkowski et al., ICLR 2018) of two sets of features (n, channels): mean and deviation over subsets.

    The measure is unbiased, so two halves of one set give about 0, on either side of it. The subsets follow from
    `seed`; `subset_size` is lowered to the smaller set's size.
    """
    size = min(subset_size, len(real), len(fake))
    if size < 2:
        raise DataError("KID needs at least two pictures on either side; give the validation folder more pairs.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it keeps all features in memory: they are small here
        metric = KernelInceptionDistance(feature=_Given(real.shape[1]), subsets=subsets, subset_size=size)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        mean, deviation = metric.compute()
    return float(mean), float(deviation)


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """FID (Heusel et al., NeurIPS 2017) of two sets of features (n, channels). Biased upwards for small sets."""
    metric = FrechetInceptionDistance(feature=_Given(real.shape[1]))
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return float(metric.compute())


def nearest_distances(x: Tensor, others: Tensor, k: int = 1) -> Tensor:
    """Euclidean distance of each of x (n, channels) to its k-th nearest of others (m, channels), (n,).

    `others` may be x itself; oneself is then the first.

    Raises:
        DataError: there are fewer than k others.
    """
    if len(others) < k:
        raise DataError(f"Distances to neighbour {k} need as many pictures; there are {len(others)}.")
    others = others.float()
    return torch.cat([torch.cdist(part, others).kthvalue(k, 1).values for part in x.float().split(1024)])


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> tuple[float, float]:
    """Share of fakes that lie where real ones do, and of real ones where fakes do, from features (n, channels).

    "Where" is a ball around each picture of a set, out to its k-th nearest neighbour in it: Kynkaanniemi et al.,
    *Improved Precision and Recall Metric for Assessing Generative Models*, NeurIPS 2019, equations 1 and 2. As both
    grow with the sets, the first n of either are taken, n being the smaller one's size.

    Raises:
        DataError: fewer than k + 1 pictures on a side.
    """
    size = min(len(real), len(fake))
    real, fake = real[:size].float(), fake[:size].float()

    def inside(points: Tensor, centres: Tensor) -> float:
        radii = nearest_distances(centres, centres, k + 1)  # oneself is the first
        return float((torch.cdist(points, centres) <= radii).any(1).float().mean())

    return inside(fake, real), inside(real, fake)


_LINEAR = np.arange(256) / 255
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4).astype(np.float32)
_TO_XYZ = np.array(  # IEC 61966-2-1, D65
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    np.float32,
)


def srgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* under D65 of uint8 sRGB (..., 3): float32 (..., 3), L in 0-100, a and b about -110 to 110."""
    xyz = _LINEAR[rgb] @ _TO_XYZ.T / _TO_XYZ.sum(1)  # relative to white, whose r = g = b = 1
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def lab_histograms(pictures: Iterable[np.ndarray], width: float = 2.0) -> np.ndarray:
    """Shares of the L, a and b values of all pixels of a set: (3, bins), each row summing to 1.

    pictures: uint8 (H, W, 3) each. width: of a bin, in Lab units, over [-128, 128).
    """
    bins = round(256 / width)
    counts = np.zeros((3, bins))
    for picture in pictures:
        lab = srgb_to_lab(np.asarray(picture)).reshape(-1, 3)
        place = np.clip(((lab + 128) / width).astype(np.int64), 0, bins - 1)
        for channel in range(3):
            counts[channel] += np.bincount(place[:, channel], minlength=bins)
    if not counts.any():
        raise DataError("There are no pictures to take colours from.")
    return counts / counts.sum(1, keepdims=True)


def histogram_intersection(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """Overlap of two sets' `lab_histograms` per channel, 0 (disjoint) to 1 (equal); Isola et al. 2017, section 4.2."""
    return dict(zip("Lab", (float(x) for x in np.minimum(a, b).sum(1)), strict=True))


def within(truth: np.ndarray, guess: np.ndarray, levels: int) -> float:
    """Share of pixels whose three channels all lie within `levels` (of 255) of the truth. uint8, broadcastable."""
    low, high = np.minimum(truth, guess), np.maximum(truth, guess)
    return float(((high - low).max(-1) <= levels).mean())


def rmse(truth: np.ndarray, guess: np.ndarray) -> float:
    """Root mean square error over all pixels and channels of a set, 0-255. uint8, broadcastable."""
    sides = zip(*np.broadcast_arrays(truth, guess), strict=True)
    squares = [np.square(t.astype(np.float32) - g).mean() for t, g in sides]
    return float(np.sqrt(np.mean(squares)))


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio in dB of a root mean square error on the 0-255 scale."""
    return float("inf") if error == 0 else float(20 * np.log10(255 / error))
