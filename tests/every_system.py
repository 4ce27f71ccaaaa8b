"""Every system of the package, as small as it can be, and a program that trains them all as one of several processes.

`python every_system.py FOLDER`, started once for each rank with the environment that `accelerate launch` would give.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

import cgan_demo
from cgan_demo.data import fake
from cgan_demo.features import LITE0, EfficientNetLite, VGG19Features
from cgan_demo.training.loop import RunSettings, System, train
from cgan_demo.weights import save_network

STEPS, BATCH = 3, 2
HALVING, PLAIN = (3, 2, 2, 8, 1), (3, 1, 2, 8, 1)
STAGES = ((3, 1, 1, 8, 1), HALVING, HALVING, HALVING, PLAIN, HALVING, PLAIN)  # EfficientNet's strides, 8 channels
Built = tuple[System, Dataset]


def every_system() -> set[type[System]]:
    """All that are defined anywhere in the package and have a step of their own, or their base's."""
    for module in pkgutil.walk_packages(cgan_demo.__path__, "cgan_demo."):
        if not module.name.startswith(("cgan_demo.ui", "cgan_demo.cli", "cgan_demo.serving")):
            importlib.import_module(module.name)

    def below(kind: type[System]) -> set[type[System]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    kinds = {kind for kind in below(System) if kind.__module__.startswith("cgan_demo.")}
    return {kind for kind in kinds if kind.step is not System.step}


def features(stages: Any = STAGES, stem: int = 8) -> EfficientNetLite:
    """Random ones, the same in every process."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return EfficientNetLite(stages, stem=stem)


class Stems(nn.Module):
    """Two maps of a picture, for a judge to look through."""

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [torch.nn.functional.avg_pool2d(x, k) for k in (8, 16)]


def write_inputs(folder: Path) -> None:
    """Sets to learn from, and weights that some systems begin with."""
    from cgan_demo.gan_cls.networks import TextGenerator, assembled

    from cgan_demo.dcgan.model import assembled as latent_model
    from cgan_demo.dcgan.networks import LightGenerator
    from cgan_demo.gan_cls.dataset import load_captioned
    from cgan_demo.gan_cls.encoder import JointEmbedding
    from cgan_demo.gan_cls.encoder_training import vocabulary_of
    from cgan_demo.gan_cls.frozen import pooled_once

    fake.write_fake_pairs(folder / "pairs", count=6, size=40)
    fake.write_fake_faces(folder / "faces")
    fake.write_fake_scenes(folder / "scenes")
    captioned = load_captioned(fake.write_fake_captioned(folder / "flowers"), folder / "cache", 64)
    numbers = pooled_once(features(), captioned.images, folder / "cache").shape[-1]
    joint = JointEmbedding(vocabulary_of(captioned, 50).known, numbers, 50, 8, 8)
    save_network(joint, folder / "joint", "gan_cls")
    save_network(assembled(joint, TextGenerator(64, (8,) * 6, 8)), folder / "text", "gan_cls")
    save_network(latent_model(LightGenerator(64, 6, (8, 8, 8, 8), (4, 4)).eval()), folder / "latent", "dcgan")
    from safetensors.torch import save_file

    save_file(VGG19Features().state_dict(), folder / "vgg.safetensors")


def _translation(recipe: Any) -> Callable[[Path], Built]:
    def build(folder: Path) -> Built:
        from cgan_demo.pix2pix import runs

        stream = runs.make_dataset(folder / "pairs", recipe, False, 0, folder / "cache")
        return runs.make_system(recipe, runs.preview_pairs(stream, recipe.crop), features()), stream

    return build


def _room(system: str, recipe: Any, data: str, **given: Any) -> Callable[[Path], Built]:
    def build(folder: Path) -> Built:
        from cgan_demo.catalog import workshop

        paths = {name: folder / value if isinstance(value, str) else value() for name, value in given.items()}
        return workshop(system).prepare("mine", recipe, folder / data, 0, folder / "cache", **paths)

    return build


def _age_judge(folder: Path) -> Built:
    from cgan_demo.caae.judges import AgeJudge, _JudgeTraining
    from cgan_demo.data.faces import FaceDataset, load_faces

    stream = FaceDataset(load_faces(folder / "faces", 64, folder / "cache")[0], 0)
    return _JudgeTraining(AgeJudge(Stems(), 8), torch.stack([stream[i]["face"] for i in range(4)])), stream


LATE: Any = {"freeze_norms_after": 0.5}  # the last step of three has them frozen


def _pairs(folder: Path) -> Built:
    """Face ageing by pairs: its made people are grey squares."""
    import numpy as np

    from cgan_demo.caae.pair_training import PairedAgeing, PairsAndFaces
    from cgan_demo.caae.recipes import PairsRecipe
    from cgan_demo.caae.series import Series
    from cgan_demo.data.faces import FaceDataset, load_faces
    from cgan_demo.training.runs import first_of

    recipe = PairsRecipe(
        widths=(8, 8, 8), fine=4, load_size=64, batch=BATCH, precision="no", alone=0.0, kin=99.0, **LATE
    )
    rng = np.random.default_rng(0)
    people = rng.integers(0, 255, (3, 7, 1, 1, 3), np.uint8).repeat(64, 2).repeat(64, 3)
    ages, none = np.tile(np.linspace(5, 70, 7, dtype=np.float32), (3, 1)), np.zeros((3, 7), np.float32)
    series = Series(people, ages, none, np.zeros((3, 7, 5), np.float32), np.zeros((3, 7, 8), np.float32))
    faces = FaceDataset(load_faces(folder / "faces", 64, folder / "cache")[0])
    return PairedAgeing(recipe, features(), first_of(faces, 2)), PairsAndFaces(series, faces, recipe)


def _text_judge(folder: Path) -> Built:
    from cgan_demo.gan_cls.judge import Judge, _JudgeTraining, _Pairs

    seen = torch.randn(8, 6, generator=torch.Generator().manual_seed(0))
    captions = [[f"a {color} flower"] for color in ("red", "blue", "white", "pink") * 2]
    judge = Judge(["red", "blue", "white", "pink"], 6, 8, 8)
    judge.fit(seen)
    return _JudgeTraining(judge), _Pairs(judge, judge.components(seen), captions, np.arange(8) % 4, 0)


def builders() -> dict[str, Callable[[Path], Built]]:
    """Each by name: from the folder of `write_inputs` to a system and its stream."""
    from cgan_demo.caae import recipes as caae
    from cgan_demo.dcgan import recipes as dcgan
    from cgan_demo.gan_cls import recipes as gan_cls
    from cgan_demo.pix2pix import recipes as pix2pix
    from cgan_demo.super_resolution import recipes as srntt

    small: dict[str, Any] = {"batch": BATCH, "precision": "no"}
    pairs = small | {"load_size": 40, "crop": 32}
    sizes = srntt.Sizes(8, 1, 8, 8, 8, (2, 1))
    sr = {"side": 32, **small}
    paper_sr = sr | {"width": 4, "blocks": 1}
    critic = {"critic_width": 2}
    paper = pix2pix.Pix2PixRecipe(width=4, depth=4, discriminator_width=4, patch=16, **pairs)
    generator = dcgan.DCGANRecipe(latent=6, width=16, judge_width=4, **small)
    flowers = {**small, "batch": 4}
    return {
        "pix2pix": _translation(paper),
        "pix2pix, wgan-gp": _translation(replace(paper, adversarial="wgan-gp")),
        "light": _translation(pix2pix.LightRecipe(widths=(8, 8, 16), noise_channels=1, **pairs, **LATE)),
        "sketch": _translation(
            pix2pix.SketchRecipe(widths=(8, 8, 8), fine=8, **{**pairs, "crop": 64, "load_size": 72, "batch": 4}, **LATE)
        ),
        "ageing, paper": _room("caae", caae.PaperRecipe(code=6, width=4, load_size=32, **small), "faces"),
        "ageing": _room(
            "caae",
            caae.AgeingRecipe(widths=(8, 8), code=4, fine=0, load_size=64, **small, **LATE),
            "faces",
            features=features,
        ),
        "ageing by pairs": _pairs,
        "finder": _room("caae", caae.FinderRecipe((8, 8), side=64, load_size=64, **small), "faces", scenes="scenes"),
        "judge of ages": _age_judge,
        "plain": _room("super_resolution", srntt.PlainRecipe(sizes, **sr), "scenes"),
        "describer": _room("super_resolution", srntt.MatchingRecipe(sizes, asked=20, **sr), "scenes"),
        "faithful": _room("super_resolution", replace(srntt.RECIPES["faithful"], sizes=sizes, **sr), "scenes"),
        "sharp": _room(
            "super_resolution",
            replace(srntt.RECIPES["sharp"], sizes=sizes, **sr),
            "scenes",
            features=lambda: features(LITE0[:3], 32),
        ),
        "srresnet": _room("super_resolution", replace(srntt.RECIPES["srresnet"], **paper_sr), "scenes"),
        "srgan": _room(
            "super_resolution",
            replace(srntt.RECIPES["srgan"], content="relu2_1", **paper_sr, **critic),
            "scenes",
            vgg="vgg.safetensors",
        ),
        "srntt": _room(
            "super_resolution",
            replace(srntt.RECIPES["srntt"], merges=(1, 1, 1), content="relu3_1", warm_up=0.3, **paper_sr, **critic),
            "scenes",
            vgg="vgg.safetensors",
        ),
        "encoder": _room(
            "gan_cls",
            gan_cls.EncoderRecipe(width=8, hidden=8, buckets=50, load_size=64, **flowers),
            "flowers",
            features=features,
        ),
        "text, paper": _room(
            "gan_cls", gan_cls.PaperRecipe(width=4, judge_width=4, **flowers), "flowers", base="joint"
        ),
        "text": _room(
            "gan_cls",
            gan_cls.MatchingRecipe(64, (8,) * 6, 8, penalty_weight=0.1, **flowers, **LATE),
            "flowers",
            base="joint",
            features=features,
        ),
        "style": _room("gan_cls", gan_cls.StyleRecipe(width=4, **small), "flowers", base="text"),
        "judge of sentences": _text_judge,
        "dcgan": _room("dcgan", generator, "flowers"),
        "dcgan, wgan": _room("dcgan", replace(generator, objective="wgan", critic_steps=2, batch=4), "flowers"),
        "dcgan, wgan-gp": _room("dcgan", replace(generator, objective="wgan-gp", norm="channel"), "flowers"),
        "dcgan, hinge": _room("dcgan", replace(generator, objective="hinge", norm="spectral"), "flowers"),
        "latent": _room(
            "dcgan",
            dcgan.ProjectedRecipe(latent=6, widths=(8,) * 4, fine=(4, 4), load_size=64, **small, **LATE),
            "flowers",
            features=features,
        ),
        "inverter": _room(
            "dcgan",
            dcgan.InverterRecipe(width=4, widest=8, ramp=(0.0, 0.1), **small, **LATE),
            "flowers",
            base="latent",
            features=features,
        ),
    }


def fingerprint(system: System) -> str:
    """Of all weights and buffers that are trained or kept."""
    digest = hashlib.sha256()
    for name in sorted(system.networks):
        for key, value in sorted(system.plain(name).state_dict().items()):
            digest.update(f"{name}.{key}".encode() + value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def train_all(folder: Path) -> None:
    """Three steps of each; writes what this process has in the end to `FOLDER/rank-N.json`."""
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.set_num_threads(1)
    found = {}
    for name, build in builders().items():
        torch.manual_seed(100 + rank)  # processes begin with different weights, and have to agree
        system, stream = build(folder)
        batch = getattr(getattr(system, "recipe", None), "batch", BATCH)
        settings = RunSettings(images=STEPS * batch * world, batch=batch, cpu=True, progress_bar=False)
        train(system, stream, folder / "runs" / name, settings)
        found[name] = {"weights": fingerprint(system), "drawn": float(torch.rand(())), "kind": type(system).__name__}
    (folder / f"rank-{rank}.json").write_text(json.dumps(found), encoding="utf-8")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    train_all(Path(sys.argv[1]))
