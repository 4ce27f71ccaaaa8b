"""Text to picture: the embedding, the paper's generator, the light one, the style encoder, the judge of sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from cgan_demo.gan_cls.dataset import load_captioned
from cgan_demo.gan_cls.encoder import JointEmbedding
from cgan_demo.gan_cls.encoder_training import EncoderRecipe, pooled_once, vocabulary_of
from cgan_demo.gan_cls.judge import Judge, _JudgeTraining, _Pairs
from cgan_demo.gan_cls.light import MatchingRecipe
from cgan_demo.gan_cls.model import assembled
from cgan_demo.gan_cls.paper import PaperRecipe
from cgan_demo.gan_cls.style import StyleRecipe
from cgan_demo.weights import save_network

from . import LATE, SMALL, Built, Features, Systems, features, prepared

FLOWERS = {**SMALL, "batch": 4}
LIGHT = MatchingRecipe(64, (8,) * 6, 8, penalty_weight=0.1, **FLOWERS, **LATE)


def write_inputs(folder: Path) -> None:
    captioned = load_captioned(folder / "flowers", folder / "cache", 64)
    numbers = pooled_once(features(), captioned.images, folder / "cache").shape[-1]
    joint = JointEmbedding(vocabulary_of(captioned, 50).known, numbers, 50, 8, 8)
    save_network(joint, folder / "joint", "gan_cls")
    save_network(assembled(joint.text, LIGHT.network()), folder / "text", "gan_cls")


def _judge(folder: Path) -> Built:
    seen = torch.randn(8, 6, generator=torch.Generator().manual_seed(0))
    captions = [[f"a {color} flower"] for color in ("red", "blue", "white", "pink") * 2]
    judge = Judge(["red", "blue", "white", "pink"], 6, 8, 8)
    judge.fit(seen)
    return _JudgeTraining(judge), _Pairs(judge, judge.components(seen), captions, np.arange(8) % 4, 0)


def systems(features: Features) -> Systems:
    encoder = EncoderRecipe(width=8, hidden=8, buckets=50, load_size=64, **FLOWERS)
    return {
        "encoder": prepared(encoder, "flowers", features=features),
        "text, paper": prepared(PaperRecipe(width=4, judge_width=4, **FLOWERS), "flowers", base="joint"),
        "text": prepared(LIGHT, "flowers", base="joint", features=features),
        "style": prepared(StyleRecipe(width=4, **SMALL), "flowers", base="text"),
        "judge of sentences": _judge,
    }
