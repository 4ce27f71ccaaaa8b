"""What the model cards report: both directions of map <-> aerial measured on the validation pairs.

Aerials are measured as a set (KID, FID, Lab colours) and by a recogniser that was trained on true aerials (the paper's
FCN-score). Maps have one right answer and are measured pixel by pixel, beside what one constant colour would get.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from tqdm import tqdm

from ..data.cache import digest, network_key
from ..data.paired import cached_pairs
from ..errors import DataError
from ..evaluation import maps, metrics
from ..evaluation.report import Figures, table, without_nan
from ..features import efficientnet_lite
from ..files import whole
from ..weights import load_network
from .networks import LightUNetGenerator, UNetGenerator
from .recipes import TASKS
from .resnet import ResnetGenerator

MAP_MODELS = ("aerial-to-map", "map-to-aerial")


@torch.inference_mode()
def translate(network: nn.Module, pictures: np.ndarray, seed: int = 0) -> np.ndarray:
    """Translate uint8 pictures (n, H, W, 3) one by one; picture i draws its noise or dropout from seed + i."""
    device = next(network.parameters()).device
    outputs = []
    for i, picture in enumerate(tqdm(pictures, desc="translating", unit="picture", mininterval=2)):
        x = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(device).float() / 127.5 - 1
        rng = torch.Generator(device).manual_seed(seed + i)
        y = _call(network, x, rng)[0].float().cpu().clamp(-1, 1)
        outputs.append(((y + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).numpy())
    return np.stack(outputs)


def _call(network: nn.Module, x: Tensor, rng: torch.Generator) -> Tensor:
    if isinstance(network, LightUNetGenerator):
        shape = (x.shape[0], network.noise_channels, *x.shape[2:])
        return network(x, torch.randn(shape, generator=rng, device=x.device))
    return network(x, generator=rng) if isinstance(network, (UNetGenerator, ResnetGenerator)) else network(x)


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
        with whole(path, DataError) as file:
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


# ---- one model


def evaluate(
    model_id: str,
    network: Path | nn.Module,
    data: Path,
    cache: Path,
    recogniser_images: int = 6000,
    features: metrics.PooledFeatures | None = None,
    size: int = 256,
    seed: int = 0,
) -> dict:
    """Measure a translator on the validation pairs at `size` px, print a table and return it (JSON-able).

    network: a weights folder, or a generator. features: see `aerial_reference`.
    """
    if model_id not in MAP_MODELS:
        raise DataError(f"There is no protocol for {model_id}; there is one for {' and '.join(MAP_MODELS)}.")
    net = (load_network(network) if isinstance(network, Path) else network).eval()
    validation = cached_pairs(data, size, cache, "val")
    training = cached_pairs(data, size, cache, "train")
    reverse = TASKS[model_id].reverse
    generated = translate(net, validation[:, 1 if reverse else 0], seed)
    if reverse:
        held = "true aerials"
        figures = measure_aerials(generated, aerial_reference(training, validation, cache, recogniser_images, features))
    else:
        held = "one colour"
        figures = measure_maps(generated, validation[:, 1], training[:, 1])
    report = {"model": model_id, "pairs": len(validation), "size": size, "seed": seed, "reference": held}
    if reverse:
        report["recogniser_images"] = recogniser_images
    report["figures"] = without_nan(figures)
    print(table(report))
    return report
