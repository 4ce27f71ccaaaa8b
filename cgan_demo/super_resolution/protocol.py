"""What the card of super-resolution reports, on Set5, on pairs of one scene, and on CUFED5 where somebody has it.

PSNR and SSIM are of luminance without 4 px of border. Whether the sharp setting looks right is measured as a distance
in the features of frozen networks that no training here used, beside the same distance of plain enlargements.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ..data.pictures import pictures_in, read_picture
from ..errors import DataError
from ..evaluation.report import Figures, table, without_nan
from ..images import to_pil, to_tensor
from ..objectives import perceptual_distance
from .dataset import Scenes, load_scenes
from .evaluation import psnr, ssim
from .predictor import SuperResolver
from .scaling import FACTOR, enlarge, shrink, trimmed

KINDS = ("identical", "same scene", "same photo turned", "stranger")
CUFED = re.compile(r"(\d+)_(\d)")  # 000_0 is the picture, 000_1 to 000_5 its references, the most alike first


@dataclass(frozen=True)
class Asked:
    """A photo to be shrunk and enlarged again, and references by kind."""

    truth: Image.Image
    references: dict[str, list[Image.Image]]


def pairs(scenes: Scenes) -> Iterator[Asked]:
    """The validation pairs with references of four kinds; the stranger is the reference of another scene's pair."""
    every = scenes.validation
    photos = {n: trimmed(scenes.photos.picture(scenes.names[n])) for p in every for n in (p.input, p.ref)}
    for i, pair in enumerate(every):
        truth = photos[pair.input]
        stranger = next((p for p in [*every[i + 1 :], *every] if p.scene != pair.scene), None)
        if stranger is None:
            raise DataError("The validation pairs are of one scene only: two are needed, for strangers.")
        references = (truth, photos[pair.ref], turned(truth), photos[stranger.ref])
        yield Asked(truth, {kind: [r] for kind, r in zip(KINDS, references, strict=True)})


def turned(photo: Image.Image) -> Image.Image:
    """The inner part of a photo, turned by 12 degrees and larger by a fifth."""
    width, height = photo.size
    picture = photo.rotate(12, Image.Resampling.BICUBIC)
    box = (0.15 * width, 0.15 * height, 0.85 * width, 0.85 * height)
    size = (round(0.84 * width), round(0.84 * height))
    return trimmed(picture.resize(size, Image.Resampling.BICUBIC, box=box))


def cufed(folder: Path) -> list[Asked]:
    """CUFED5's layout: `000_0.png` with its references `000_1.png` to `000_5.png`; empty for any other folder."""
    groups: dict[str, dict[int, Path]] = defaultdict(dict)
    for path in pictures_in(folder):
        if match := CUFED.fullmatch(path.stem):
            groups[match[1]][int(match[2])] = path
    found = []
    for files in groups.values():
        if 0 in files:
            pictures = {n: trimmed(read_picture(path)) for n, path in sorted(files.items())}
            references = {f"reference {n}": [p] for n, p in pictures.items() if n}
            every = {"all references": [p for n, p in pictures.items() if n]} if len(references) > 1 else {}
            found.append(Asked(pictures[0], references | every))
    return found


@torch.inference_mode()
def distances(nets: Mapping[str, nn.Module], truth: Image.Image, guess: Image.Image) -> dict[str, float]:
    """Between two pictures, in the features of frozen networks, each of which gives a list of maps for (N, 3, H, W)."""
    a, b = (_to_32(to_tensor(p)) for p in (truth, guess))
    return {name: float(perceptual_distance(net(a), net(b))) for name, net in nets.items()}


def _to_32(x: Tensor) -> Tensor:
    height, width = (side - side % 32 for side in x.shape[2:])
    return x[:, :, :height, :width]


def plain_figures(
    name: str, resolver: SuperResolver, photos: Sequence[Image.Image], nets: Mapping[str, nn.Module]
) -> Figures:
    """Of photos enlarged without any reference: the faithful setting beside bicubic, and distances of every setting."""
    rows: dict[str, list[float]] = defaultdict(list)
    for photo in photos:
        truth = trimmed(photo)
        low = shrink(truth)
        made = {"nearest": low.resize(truth.size, Image.Resampling.NEAREST), "bicubic": enlarge(low)}
        prepared = resolver.prepare(low)
        made |= {s: to_pil(resolver.values(prepared, 0, v)) for s, v in (("faithful", 0.0), ("sharp", 1.0))}
        for setting, guess in made.items():
            rows[f"PSNR {setting}"].append(psnr(truth, guess))
            rows[f"SSIM {setting}"].append(ssim(truth, guess))
            for net, distance in distances(nets, truth, guess).items():
                rows[f"{net} distance {setting}"].append(distance)
    means = {key: float(np.mean(values)) for key, values in rows.items()}
    return {f"{name}: {key}": {"value": v, "reference": means[_bicubic(key)]} for key, v in means.items()}


def _bicubic(key: str) -> str:
    return f"{key.rsplit(' ', 1)[0]} bicubic"


def reference_figures(
    resolver: SuperResolver, asked: Sequence[Asked], nets: Mapping[str, nn.Module]
) -> tuple[Figures, dict[str, list[float]]]:
    """By kind of reference: the faithful setting beside the plain one; and what each photo gained by it, in dB."""
    rows: dict[str, list[float]] = defaultdict(list)
    for one in asked:
        low = shrink(one.truth)
        alone = to_pil(resolver.values(resolver.prepare(low), 0, 0))
        rows["PSNR plain"].append(psnr(one.truth, alone))
        rows["SSIM plain"].append(ssim(one.truth, alone))
        for kind, references in one.references.items():
            prepared = resolver.prepare(low, references)
            made = to_pil(resolver.values(prepared, 1, 0))
            rows[f"PSNR {kind}"].append(psnr(one.truth, made))
            rows[f"SSIM {kind}"].append(ssim(one.truth, made))
            sharp = to_pil(resolver.values(prepared, 1, 1))
            for net, distance in distances(nets, one.truth, sharp).items():
                rows[f"{net} distance sharp, {kind}"].append(distance)
    gains = {
        kind: [with_it - without for with_it, without in zip(rows[f"PSNR {kind}"], rows["PSNR plain"], strict=True)]
        for kind in asked[0].references
    }
    means = {key: float(np.mean(values)) for key, values in rows.items()}
    plain = {key: means.get(f"{key.split()[0]} plain", float("nan")) for key in means}
    return {f"reference: {key}": {"value": v, "reference": plain[key]} for key, v in means.items()}, gains


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    nets: dict[str, nn.Module],
    count: int | None = None,
    plot: Path | None = None,
) -> dict:
    """Measure a model on what there is under `data`, print a table and return it (JSON-able).

    set5/: plain figures. pairs.json: `count` validation pairs, or all. Files named as CUFED5's: those.

    Args:
        nets: frozen networks for the distances, by name; see `distances`.
        plot: also draw what references gain, by kind, to this file.

    Raises:
        DataError: there is nothing of these.
    """
    resolver = SuperResolver(network, "cpu", model_id)
    figures: Figures = {}
    set5 = [read_picture(path) for path in pictures_in(data / "set5")]
    if set5:
        figures |= plain_figures("Set5", resolver, set5, nets)
    asked, gains = cufed(data), dict[str, list[float]]()
    if not asked and (data / "pairs.json").is_file():
        asked = list(pairs(load_scenes(data, cache)))[:count]
        figures |= plain_figures("photos", resolver, [one.truth for one in asked], nets)
    if asked and not resolver.plain_only:
        more, gains = reference_figures(resolver, asked, nets)
        figures |= more
    if not figures:
        raise DataError(f"{data} has neither set5/ nor pairs.json, nor files called as CUFED5's (000_0.png).")
    if plot is not None:
        draw_gains(gains, plot)
    report = {"model": model_id, "pairs": len(asked) or len(set5), "of": "photos", "size": FACTOR}
    report |= {"reference": "bicubic, or without reference", "figures": without_nan(figures), "gains": gains}
    print(table(report))
    return report


def draw_gains(gains: dict[str, list[float]], path: Path) -> None:
    """What each photo gains by references of each kind, as dots, and the mean, as a picture file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for x, values in enumerate(gains.values()):
        spread = np.random.default_rng(0).uniform(-0.18, 0.18, len(values))
        axes.scatter(x + spread, values, 12, "#3b6ea5", alpha=0.5, linewidths=0)
        mean = float(np.mean(values))
        axes.plot([x - 0.3, x + 0.3], [mean, mean], color="black")
        axes.annotate(f"{mean:+.2f} dB", (x + 0.32, mean), va="center")
    axes.axhline(0, color="grey", linewidth=0.8)
    axes.set_xticks(range(len(gains)), list(gains))
    axes.set_ylabel("PSNR gained by the reference, dB")
    axes.set_yscale("symlog", linthresh=1)
    figure.savefig(path, dpi=120)
