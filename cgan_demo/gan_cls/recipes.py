"""Recipes of text to image: every hyperparameter of a training, frozen."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import Checked, multiple, one_of, whole


@dataclass(frozen=True)
class EncoderRecipe(Checked):
    """The joint embedding that sentences are read with.

    loss = joint embedding loss over the classes of the batch + instance_weight * cross-entropy of finding a picture's
        own sentence in the batch + recolor_weight * hinge against its own sentence with other colours in it
        and, where there are sentences without pictures,
        + pair_weight * joint embedding loss of two of them about the same kind of thing
        + align_weight * maximum mean discrepancy between them and the sentences that have pictures: these would
        otherwise learn where pictures are, and those lie elsewhere.

    width, hidden, buckets: see `encoder.TextEncoder`. load_size: of the pictures that the frozen network looks at.
    """

    width: int = 96
    hidden: int = 128
    buckets: int = 2000
    instance_weight: float = 1.0
    recolor_weight: float = 0.5
    pair_weight: float = 0.1
    align_weight: float = 2.0
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 64
    load_size: int = 128
    ema_half_life: float = 20000.0
    precision: str = "no"

    def check(self) -> None:
        whole("load size", self.load_size, 32, 8192)


@dataclass(frozen=True)
class PaperRecipe(Checked):
    """The paper's method (Reed et al., ICML 2016, section 4.5 and algorithm 1), in its four variants.

    matching: show D real pictures with wrong sentences (GAN-CLS). between: train G on interpolated sentences too
        (GAN-INT), at the share beta of the first. Neither is GAN, both GAN-INT-CLS.
    width: channels of G at 32 px, 1024 at 4 px being DCGAN's. judge_width: of D's first convolution.
    """

    matching: bool = True
    between: bool = True
    beta: float = 0.5
    width: int = 128
    judge_width: int = 64
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 64
    load_size: int = 64
    ema_half_life: float = 0.0
    precision: str = "no"

    def check(self) -> None:
        one_of("load size", self.load_size, [64])


@dataclass(frozen=True)
class MatchingRecipe(Checked):
    """The recipe of the bundled weights: sentences modulate every block of G, D looks through frozen features.

    loss of G = hinge + embedding_weight * cross-entropy of finding the sentence that was asked for, among those of the
        batch and as many wrong ones, by what the joint embedding sees in the picture; as far as it is larger than
        that of the real pictures, or all would become the most typical picture of their sentence
        + variety_weight * by how much two pictures of one sentence are closer to one another, in frozen features, than
        `variety` times the distance of two real pictures of different sentences; else all noise gives one picture.
    loss of D = hinge with a wrong sentence as third input + penalty_weight * matching-aware gradient penalty on the
        projected maps.

    variety: two pictures of one class of flowers are 0.91 times as far apart as two of any.
    recolored: share of the wrong sentences that are the right one with other colours in it.
    between: share of pictures that are made for a mean of two sentences (GAN-INT).
    augment: largest shift of what D sees, as a share of the side; cutout: side of the square it does not see. Colours
        are left alone: sentences name them.
    judge_lr: of D, where G's is `lr`: at the same rate D keeps up badly.
    """

    load_size: int = 128
    widths: tuple[int, ...] = (224, 224, 160, 96, 64, 32)
    code: int = 128
    embedding_weight: float = 0.3
    variety_weight: float = 4.0
    variety: float = 0.85
    penalty_weight: float = 0.0
    recolored: float = 0.5
    between: float = 0.2
    augment: float = 0.125
    cutout: float = 0.3
    lr: float = 2e-4
    judge_lr: float = 5e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 64
    ema_half_life: float = 20000.0
    freeze_norms_after: float = 0.9
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, [64, 128])
        multiple("batch", self.batch, 2, "every sentence is painted twice")


@dataclass(frozen=True)
class StyleRecipe(Checked):
    """The style encoder: L2 between the noise a picture was made from and what is read off it (section 4.4).

    The generator is frozen; sentences are those of the training captions.
    width: channels of the first convolution. load_size: px at which pictures are looked at.
    """

    width: int = 24
    load_size: int = 64
    lr: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 64
    ema_half_life: float = 10000.0
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, [8 * 2**i for i in range(7)])


Recipe = EncoderRecipe | PaperRecipe | MatchingRecipe | StyleRecipe
RECIPES: dict[str, Recipe] = {
    "encoder": EncoderRecipe(),
    "gan": PaperRecipe(matching=False, between=False),
    "cls": PaperRecipe(between=False),
    "int": PaperRecipe(matching=False),
    "int-cls": PaperRecipe(),
    "bundled": MatchingRecipe(),
    "style": StyleRecipe(),
}
