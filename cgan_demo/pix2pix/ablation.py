"""The paper's ablation (Isola et al., sections 4.2 to 4.4) on our data: objectives, skips and patch sizes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from ..data.paired import cached_pairs
from ..errors import DataError
from ..evaluation import metrics
from ..training.loop import RunSettings, train
from .evaluation import AerialReference, aerial_reference, measure_aerials, shown, translate, without_nan
from .recipes import TASKS, Pix2PixRecipe
from .runs import averaged_generator, make_dataset, make_system, preview_pairs, split_folder

CONFIGURATIONS: dict[str, dict] = {
    "L1": {"objective": "L1"},
    "cGAN": {"objective": "cGAN"},
    "L1+cGAN": {},
    "L1+cGAN, encoder-decoder": {"generator": "encoder-decoder"},
    "L1+cGAN, patch 1": {"patch": 1},
    "L1+cGAN, patch 16": {"patch": 16},
}
SMALL = replace(  # the paper's recipe, small enough for a processor; crops at the scale that is measured
    TASKS["map-to-aerial"].paper,
    width=32,
    depth=6,
    discriminator_width=32,
    load_size=256,
    crop=128,
    batch=4,
    ema_half_life=0.0,
)


def ablation(
    data: Path,
    out: Path,
    images: int = 20000,
    names: Sequence[str] | None = None,
    cache: Path = Path("runs/cache"),
    batch: int = 4,
    base: Pix2PixRecipe = SMALL,
    recogniser_images: int = 6000,
    features: metrics.PooledFeatures | None = None,
    seed: int = 0,
    cpu: bool = False,
) -> dict[str, dict]:
    """Train map -> aerial by each of `CONFIGURATIONS` (or those in `names`) on `images` crops, and measure them.

    Each lies in a folder of `out`; what is finished is taken over, what was interrupted goes on. Writes
    `out/ablation.md`, a table of every configuration measured so far, and returns its figures by name.
    """
    unknown = set(names or ()) - set(CONFIGURATIONS)
    if unknown:
        known = "; ".join(CONFIGURATIONS)
        raise DataError(f"There is no configuration {', '.join(sorted(unknown))}; there are {known}.")
    reference: AerialReference | None = None
    size = 256
    validation = cached_pairs(split_folder(data, "val"), size, cache)
    for name in names or CONFIGURATIONS:
        folder = _folder(out, name)
        if _measured(folder, images) is not None:
            continue
        recipe = replace(base, batch=batch, **CONFIGURATIONS[name])
        if not _train(recipe, data, folder, images, cache, seed, cpu):
            break  # a signal: everything is saved, the same call goes on
        if reference is None:
            training = cached_pairs(split_folder(data, "train"), size, cache)
            reference = aerial_reference(training, validation, cache, recogniser_images, features)
        generated = translate(averaged_generator(folder, recipe), validation[:, 1], seed)
        figures = without_nan(measure_aerials(generated, reference))
        (folder / "figures.json").write_text(json.dumps({"images": images, "figures": figures}, indent=1) + "\n")
    done = {name: f for name in CONFIGURATIONS if (f := _measured(_folder(out, name), images)) is not None}
    if done:
        text = ablation_table(done, images)
        (out / "ablation.md").write_text(text + "\n")
        print(text)
    return done


def _folder(out: Path, name: str) -> Path:
    return out / name.lower().replace(", ", "-").replace(" ", "-").replace("+", "-")


def _measured(folder: Path, images: int) -> dict | None:
    path = folder / "figures.json"
    report = json.loads(path.read_text()) if path.exists() else {}
    return report["figures"] if report.get("images") == images else None


def _train(recipe: Pix2PixRecipe, data: Path, folder: Path, images: int, cache: Path, seed: int, cpu: bool) -> bool:
    """Train or go on training one configuration; whether its budget is spent."""
    dataset = make_dataset(data, recipe, TASKS["map-to-aerial"].reverse, seed, cache)
    torch.manual_seed(seed)
    settings = RunSettings(
        images=images,
        batch=recipe.batch,
        seed=seed,
        precision=recipe.precision,
        ema_half_life=recipe.ema_half_life,
        cpu=cpu,
    )
    return train(make_system(recipe, preview_pairs(dataset, recipe.crop)), dataset, folder, settings).finished


def ablation_table(done: dict[str, dict], images: int) -> str:
    """Figures by configuration as a markdown table, the true aerials' own in the last row."""
    columns = list(next(iter(done.values())))
    lines = [f"| map to aerial, {images} crops | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    rows = {name: [f[c]["value"] for c in columns] for name, f in done.items()}
    rows["true aerials"] = [next(iter(done.values()))[c]["reference"] for c in columns]
    lines += [f"| {name} | " + " | ".join(shown(v) for v in values) + " |" for name, values in rows.items()]
    return "\n".join(lines)
