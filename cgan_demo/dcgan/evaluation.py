"""What is measured of pictures that a latent model makes; what the card reports is put together in `protocol.py`."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import latent as ways
from ..errors import DataError
from ..evaluation import metrics
from ..evaluation.report import Figures
from ..images import to_pixels
from ..objectives import perceptual_distance
from .dataset import Pictures
from .model import LatentModel

SEEN = 128  # px at which measuring networks look; smaller pictures are enlarged for them
STEP = 1e-2  # share of the way over which path length is measured


class Enlarging(nn.Module):
    """A frozen network that is shown pictures of any size at `SEEN` px. uint8, or float in [-1, 1]."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = x.float() / 127.5 - 1 if x.dtype == torch.uint8 else x
        if x.shape[-1] != SEEN:
            x = F.interpolate(x, (SEEN, SEEN), mode="bilinear", antialias=True, align_corners=False)
        return self.net(x)


@torch.inference_mode()
def painted(network: LatentModel, z: Tensor, batch: int = 32) -> np.ndarray:
    """Pictures of latents (N, Z) as uint8 (N, S, S, 3)."""
    return np.concatenate([to_pixels(network(some)) for some in z.split(batch)])


def draws(network: LatentModel, count: int, first: int = 0) -> Tensor:
    """The latents of `count` seeds from `first` on, (count, Z)."""
    return torch.stack([ways.draw(first + i, network.latent, network.prior) for i in range(count)])


def likeness_figures(made: Tensor, validation: Tensor, training: Tensor) -> Figures:
    """KID, FID, precision and recall of generated pictures against validation ones, beside those of as many training
    pictures. Recall tells what a model leaves out: a single face, painted again and again, has next to none.

    Features (n, channels) each, as `metrics.embed` gives them.

    Raises:
        DataError: there are fewer than four pictures of some kind.
    """
    size = min(50, len(made), len(validation), len(training))
    if size < 4:
        raise DataError("At least four pictures of each kind are needed to compare sets.")
    pairs = {
        "KID": [metrics.kernel_distance(validation, x, size)[0] for x in (made, training)],
        "FID": [metrics.frechet_distance(validation, x) for x in (made, training)],
    }
    found = [metrics.precision_recall(validation, x) for x in (made, training)]
    pairs |= {name: [each[k] for each in found] for k, name in enumerate(("precision", "recall"))}
    return {name: {"value": value, "reference": reference} for name, (value, reference) in pairs.items()}


@torch.inference_mode()
def path_length(network: LatentModel, features: nn.Module, way: ways.Way, pairs: int = 200, batch: int = 16) -> float:
    """Perceptual path length: E[d(G(way(a, b, t)), G(way(a, b, t + STEP))) / STEP^2] over pairs of draws and t.

    Karras, Laine, Aila, *A Style-Based Generator*, CVPR 2019, equation 2, with `perceptual_distance` as d.
    features: a network giving a list of maps for float pictures.
    """
    z = draws(network, 2 * pairs, first=10**6)
    share = torch.rand(pairs, generator=torch.Generator().manual_seed(0)) * (1 - STEP)
    steps = torch.stack([way(a, b, torch.stack([t, t + STEP])) for a, b, t in zip(z[::2], z[1::2], share, strict=True)])
    found = []
    for part in steps.split(batch):  # (n, 2, Z)
        maps = [features(network(part[:, k]).float()) for k in (0, 1)]
        found.append(perceptual_distance(*maps) / STEP**2)
    return float(torch.cat(found).mean())


def smoothness_figures(network: LatentModel, features: nn.Module, pairs: int = 200) -> Figures:
    """Path length along arcs beside that along straight lines."""
    along = [path_length(network, features, way, pairs) for way in (ways.spherical, ways.linear)]
    return {"perceptual path length, spherical (linear)": {"value": along[0], "reference": along[1]}}


def nearest_figures(made: Tensor, training: Tensor, validation: Tensor) -> Figures:
    """How far generated pictures are from the nearest training picture, beside how far validation pictures are.

    Features (n, channels) each, compared by angle. A model that repeats its training pictures has smaller distances
    than pictures that it has never seen; 5 % of those are nearer than the second figure's bound.
    """
    near = [_nearest(x, training) for x in (made, validation)]
    bound = near[1].quantile(0.05)
    return {
        "distance to the nearest training picture": {
            "value": float(near[0].median()),
            "reference": float(near[1].median()),
        },
        "nearer than 95 % of unseen pictures": {
            "value": float((near[0] < bound).float().mean()),
            "reference": float((near[1] < bound).float().mean()),
        },
    }


def _nearest(x: Tensor, others: Tensor) -> Tensor:
    """1 - cosine to the most alike of others, (n,)."""
    x, others = (F.normalize(t - others.mean(0), dim=1) for t in (x, others))
    return 1 - torch.cat([(part @ others.T).amax(1) for part in x.split(64)])


def rank_correlation(values: np.ndarray) -> np.ndarray:
    """Spearman's, of each row of values (n, steps) with its columns' order; (n,). Ties share their ranks.

    torchmetrics' is 1e-7 less, which counts where a row meets a bound of `protocol` exactly, as with 9 steps many do.
    """
    ranks = (values[:, :, None] > values[:, None, :]).sum(2) + (
        (values[:, :, None] == values[:, None, :]).sum(2) + 1
    ) / 2
    order = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    ranks = ranks - ranks.mean(1, keepdims=True)
    lengths = np.sqrt((ranks**2).sum(1) * (order**2).sum())
    return np.where(lengths > 0, (ranks @ order) / np.maximum(lengths, 1e-12), 0.0)


def along(network: LatentModel, direction: int, z: Tensor, steps: int = 9) -> np.ndarray:
    """Pictures of latents (N, Z) moved along a direction from its lower to its upper end, uint8 (N, steps, S, S, 3)."""
    told = network.directions[direction]
    amounts = torch.linspace(told.low, told.high, steps)
    moved = z[:, None] + amounts[:, None] * network.vectors[direction]  # (N, steps, Z)
    pictures = painted(network, moved.flatten(0, 1))
    return pictures.reshape(len(z), steps, *pictures.shape[1:])


def some_pictures(pictures: Pictures, count: int) -> np.ndarray:
    """`count` of a set as they are drawn in training, or fewer where there are not as many."""
    return pictures.drawn(count) if count < len(pictures) else pictures.some(len(pictures))
