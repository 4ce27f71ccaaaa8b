"""What the model cards report: both directions of map <-> aerial, and drawn edges, measured on the validation pairs.

Aerials are measured as a set (KID, FID, Lab colours) and by a recogniser that was trained on true aerials (the paper's
FCN-score). Maps have one right answer and are measured pixel by pixel, beside what one constant colour would get. Edges
are matched with true ones, beside those that a photo's steepest pixels give.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from ..data.cache import digest, network_key
from ..data.paired import cached_pairs
from ..errors import DataError
from ..evaluation import maps, metrics
from ..evaluation.report import Figures, table, without_nan
from ..features import efficientnet_lite
from ..files import atomic
from ..images import to_pixels
from .edges import draw_edges, thin

JUDGE_IMAGES = 6000  # crops


@torch.inference_mode()
def translate(network: nn.Module, pictures: np.ndarray, seed: int = 0) -> np.ndarray:
    """Translate uint8 pictures (n, H, W, 3) one by one; picture i draws its noise or dropout from seed + i."""
    device = next(network.parameters()).device
    outputs = []
    for i, picture in enumerate(tqdm(pictures, desc="translating", unit="picture", mininterval=2)):
        x = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(device).float() / 127.5 - 1
        outputs.append(to_pixels(network(x, generator=torch.Generator(device).manual_seed(seed + i)))[0])
    return np.stack(outputs)


# ---- aerial -> map


def measure_maps(generated: np.ndarray, truth: np.ndarray, training: np.ndarray) -> Figures:
    """Figures of generated maps, uint8 (n, H, W, 3), each with what one constant colour gets as its reference.

    Two constants are tried, the median and the mean colour of the training maps; the better one counts.
    """
    constants = [np.broadcast_to(c, truth.shape) for c in _constant_colours(training)]
    ours, others = _map_figures(generated, truth), [_map_figures(c, truth) for c in constants]
    best = {k: (min if k == "RMSE" else max)(o[k] for o in others) for k in ours}
    return {k: {"value": ours[k], "reference": best[k]} for k in ours}


def _map_figures(guess: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    pairs = zip(truth, guess, strict=True)
    matrix = np.sum([maps.confusion(maps.classify(t), maps.classify(g)) for t, g in pairs], axis=0)
    error = metrics.rmse(truth, guess)
    figures = {"mean recall": maps.mean_recall(matrix)}
    figures |= {f"recall {c}": float(x) for c, x in zip(maps.CLASSES, maps.recalls(matrix), strict=True)}
    figures |= {f"IoU {c}": float(x) for c, x in zip(maps.CLASSES, maps.ious(matrix), strict=True)}
    figures |= {f"within {k}": metrics.within(truth, guess, k) for k in (5, 10)}
    return figures | {"RMSE": error, "PSNR": metrics.psnr(error)}


def _constant_colours(pictures: np.ndarray) -> list[np.ndarray]:
    """Median and mean colour, uint8 (3,) each, of uint8 pictures (n, H, W, 3)."""
    counts = np.zeros((3, 256))
    for picture in pictures:
        for c in range(3):
            counts[c] += np.bincount(picture[..., c].ravel(), minlength=256)
    shares = counts / counts.sum(1, keepdims=True)
    median = (shares.cumsum(1) < 0.5).sum(1)
    return [median.astype(np.uint8), (shares @ np.arange(256)).round().astype(np.uint8)]


# ---- map -> aerial


@dataclass(frozen=True)
class AerialReference:
    """Everything about the true pictures that generated aerials are held against; made once for many models.

    real, histograms: features (n, channels) and Lab histograms (3, bins) of the true validation aerials.
    floor: the same measures between true training and true validation aerials; as good as it gets.
    classes: uint8 (n, H, W) of the true maps; true_recall: the recogniser's on true aerials.
    """

    features: metrics.PooledFeatures
    recogniser: maps.Recogniser
    real: Tensor
    histograms: np.ndarray
    classes: np.ndarray
    floor: dict[str, float]
    true_recall: float


def aerial_reference(
    training: np.ndarray,
    validation: np.ndarray,
    cache: Path,
    images: int,
    features: metrics.PooledFeatures | None = None,
    seed: int = 0,
) -> AerialReference:
    """Measure the true pairs, uint8 (n, 2, H, W, 3), and train the recogniser on `images` crops (kept in `cache`).

    features: uint8 (N, 3, H, W) -> (N, channels); EfficientNet-lite2 by default, which no model here trains with.
    """
    features = features or metrics.PooledFeatures(efficientnet_lite("lite2"))
    recogniser = cached_recogniser(training, features.net, images, cache, seed)
    chosen = np.random.default_rng(seed).permutation(len(training))[: len(validation)]
    others, real = training[np.sort(chosen), 0], validation[:, 0]
    embedded, histograms = metrics.embed(real, features), metrics.lab_histograms(real)
    classes = maps.classify(validation[:, 1])
    return AerialReference(
        features,
        recogniser,
        embedded,
        histograms,
        classes,
        floor=_set_figures(others, features, embedded, histograms),
        true_recall=maps.mean_recall(maps.confusion(classes, maps.recognise(recogniser, real))),
    )


def cached_recogniser(
    training: np.ndarray, features: nn.Module, images: int, cache: Path, seed: int = 0
) -> maps.Recogniser:
    """The recogniser for these training pairs and features from `cache`, trained there where it is missing."""
    key = digest(training, network_key(features), f"{images}|{seed}|{maps.PROTOTYPES}")
    path = cache / f"recogniser-{key[:16]}.safetensors"
    if not path.exists():
        device = "cuda" if torch.cuda.is_available() else "cpu"
        net = maps.train_recogniser(training, features, images, seed, min(128, training.shape[2]), device=device)
        with atomic(path, DataError) as file:
            file.write(save({k: v.contiguous().cpu() for k, v in net.state_dict().items()}))
    net = maps.Recogniser(features.cpu())
    net.load_state_dict(load_file(path))
    return net.eval()


def _set_figures(pictures: np.ndarray, features: nn.Module, real: Tensor, histograms: np.ndarray) -> dict[str, float]:
    embedded = metrics.embed(pictures, features)
    figures = {"KID": metrics.kernel_distance(real, embedded)[0], "FID": metrics.frechet_distance(real, embedded)}
    overlap = metrics.histogram_intersection(metrics.lab_histograms(pictures), histograms)
    return figures | {f"Lab intersection {c}": v for c, v in overlap.items()}


def measure_aerials(generated: np.ndarray, reference: AerialReference) -> Figures:
    """Figures of aerials, uint8 (n, H, W, 3), generated from the validation maps; true aerials give the references."""
    r = reference
    ours = _set_figures(generated, r.features, r.real, r.histograms)
    figures = {k: {"value": v, "reference": r.floor[k]} for k, v in ours.items()}
    recall = maps.mean_recall(maps.confusion(r.classes, maps.recognise(r.recogniser, generated)))
    figures["recogniser mean recall"] = {"value": recall, "reference": r.true_recall}
    figures["recogniser ratio"] = {"value": recall / r.true_recall, "reference": 1.0}
    return figures


# ---- photo -> edges


def edge_agreement(truth: np.ndarray, found: np.ndarray, tolerance: int = 2) -> dict[str, float]:
    """Precision, recall and F of edge pixels, bool (n, H, W), a match lying within `tolerance` px in either direction.

    The measure of Martin et al., PAMI 2004, with a dilation in the place of their one-to-one assignment.
    """

    def near(mask: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(mask)[:, None].float()
        return F.max_pool2d(x, 2 * tolerance + 1, 1, tolerance)[:, 0].numpy() > 0

    precision = float((found & near(truth)).sum() / max(1, found.sum()))
    recall = float((truth & near(found)).sum() / max(1, truth.sum()))
    return {"precision": precision, "recall": recall, "F": 2 * precision * recall / max(1e-9, precision + recall)}


def gradient_edges(photos: np.ndarray, share: float) -> np.ndarray:
    """The baseline: the steepest pixels of uint8 photos (n, H, W, 3), thinned; `share` of each is taken before that."""
    grey = torch.from_numpy(np.array(photos)).float().mean(3)[:, None]
    kernel = torch.tensor([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]])  # Sobel
    slopes = F.conv2d(F.pad(grey, (1, 1, 1, 1), mode="replicate"), torch.stack([kernel, kernel.T])[:, None])
    steepness = slopes.square().sum(1).sqrt()
    return np.stack([thin((s > torch.quantile(s, 1 - share)).numpy()) for s in steepness])


def measure_edges(network: nn.Module, photos: np.ndarray, truth: np.ndarray, tolerance: int = 2) -> Figures:
    """Figures of the edges that a network draws of photos, beside those of the photos' steepest pixels.

    Both and the true ones are thinned to 1 px. The reference takes the steepest 6 % of each photo, which leaves about
    as much ink. photos, truth: uint8 (n, H, W, 3).
    """
    lines = np.stack([thin(x.mean(2) < 128) for x in truth])
    drawn = [draw_edges(network, [Image.fromarray(np.array(photo))])[0] for photo in photos]
    ours, others = np.stack([np.asarray(d)[..., 0] < 128 for d in drawn]), gradient_edges(photos, 0.06)
    scores = [edge_agreement(lines, found, tolerance) for found in (ours, others)]
    figures = {k: {"value": scores[0][k], "reference": scores[1][k]} for k in ("F", "precision", "recall")}
    return figures | {"ink": {"value": float(ours.mean()), "reference": float(others.mean())}}


# ---- one model


def evaluate_aerials(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    features: metrics.PooledFeatures | None = None,
    size: int = 256,
    seed: int = 0,
    *,
    judge_images: int = JUDGE_IMAGES,
) -> dict:
    """Measure map -> aerial on the validation pairs at `size` px, print a table and return it (JSON-able).

    features: see `aerial_reference`.

    judge_images: crops that the recogniser of the FCN-score is trained on.
    """
    training, validation = (cached_pairs(data, size, cache, split) for split in ("train", "val"))
    reference = aerial_reference(training, validation, cache, judge_images, features)
    figures = measure_aerials(translate(network.eval(), validation[:, 1], seed), reference)
    further = {"seed": seed, "reference": "true aerials", "recogniser_images": judge_images}
    return _reported(model_id, validation, figures, further)


def evaluate_maps(model_id: str, network: nn.Module, data: Path, cache: Path, size: int = 256, seed: int = 0) -> dict:
    """Measure aerial -> map as `evaluate_aerials` does the other direction."""
    training, validation = (cached_pairs(data, size, cache, split) for split in ("train", "val"))
    figures = measure_maps(translate(network.eval(), validation[:, 0], seed), validation[:, 1], training[:, 1])
    return _reported(model_id, validation, figures, {"seed": seed, "reference": "one colour"})


def evaluate_edges(model_id: str, network: nn.Module, data: Path, cache: Path, size: int = 256) -> dict:
    """Measure photo -> edges on the validation pairs, drawing | photo, at `size` px, likewise."""
    pairs = cached_pairs(data, size, cache, "val")
    figures = measure_edges(network, pairs[:, 1], pairs[:, 0])
    return _reported(model_id, pairs, figures, {"reference": "steepest pixels"})


def _reported(model_id: str, pairs: np.ndarray, figures: Figures, further: dict) -> dict:
    report = {"model": model_id, "pairs": len(pairs), "size": pairs.shape[2], **further}
    report["figures"] = without_nan(figures)
    print(table(report))
    return report
