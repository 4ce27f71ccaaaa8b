"""Recipes of face ageing: every hyperparameter of a training, frozen."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import Checked, multiple, one_of, whole


@dataclass(frozen=True)
class PaperRecipe(Checked):
    """The paper's method (Zhang, Song, Qi, CVPR 2017, equation 6 and section 4.2).

    loss of E and G = reconstruction_weight * L2 + total_variation_weight * TV + those of the two games.

    code_game, face_game: with D_z and with D_img; the paper's figure leaves out either.
    ramp: progress between which the games' weight rises from 0 to 1; before, it is an autoencoder.
    batch: the paper does not say more than that it trains on mini-batches; 100 is its authors' public code's.
    """

    code: int = 50
    width: int = 64
    reconstruction_weight: float = 100.0
    total_variation_weight: float = 10.0
    code_game: bool = True
    face_game: bool = True
    ramp: tuple[float, float] = (0.2, 0.4)
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 16
    load_size: int = 128
    ema_half_life: float = 0.0
    precision: str = "no"

    def check(self) -> None:
        one_of("load size", self.load_size, [32 * 2**i for i in range(5)])
        whole("batch", self.batch, 2 if self.code_game else 1, 65536)  # D_z has batch norms


@dataclass(frozen=True)
class AgeingRecipe(Checked):
    """A light autoencoder, the bundled weights before: a spatial code, a projected discriminator that sees the label, a
    teacher. It satisfied readers of its teacher's family and nobody else, see `evaluation`.

    A face is decoded twice, at its own age and at a random one.
    loss = l1_weight * L1 + feature_weight * frozen-feature distance, at its own age,
        + adversarial_weight * hinge + label_weight * cross-entropy of the teacher, at a random age,
        + code_weight * L1 between the code of what was made and the code it was made from (without the fine code,
          which may hold wrinkles),
        + tone_weight * L1 between the colours, not the brightness, of patches of what was made and of the face: in
          UTKFace age goes with ethnicity, and growing old would otherwise change the skin.

    ramp: progress between which the weights of hinge and teacher rise from 0 to full.
    """

    widths: tuple[int, ...] = (40, 80, 128, 192)
    code: int = 32
    fine: int = 8
    l1_weight: float = 10.0
    feature_weight: float = 2.0
    adversarial_weight: float = 0.5
    label_weight: float = 1.0
    code_weight: float = 2.0
    tone_weight: float = 5.0
    ramp: tuple[float, float] = (0.04, 0.12)
    augment: float = 0.2
    lr: float = 3e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 8
    load_size: int = 128
    ema_half_life: float = 3000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"

    def check(self) -> None:
        multiple("load size", self.load_size, max(32, 2 ** len(self.widths)))


@dataclass(frozen=True)
class PairsRecipe(Checked):
    """The recipe of the bundled weights: a network that changes the photo, taught by pairs that our own GAN makes,
    beside a game on real faces.

    Half of a batch are pairs, of one made person at two ages; the other half real faces, shown at a random age.
    loss = l1_weight * L1 + feature_weight * frozen-feature distance, on pairs,
        + adversarial_weight * hinge of a discriminator that sees the label, + label_weight * a label reader's
        cross-entropy less `floors`, + means_weight * squared distance of the means of 16 px patches + tone_weight *
        squared tone distance, on real faces,
        + flow_weight * the flow's size and roughness, on both.

    The last are squares: an L1 has its kink at the photo itself, and a network that begins there never leaves it.
    made: how many people the GAN makes. floors: nats of age and gender below which the reader is satisfied.
    kin, kin_per_year: largest identity distance within a pair, and how much more of it each year between allows.
    gender_drift, glasses_drift, smile_drift: largest differences of these within a pair, see `series.looks`.
    alone: progress before which there are pairs only.
    told_rate: how many times as quick the layers learn that are told age and gender.
    grey, dimmed: shares of the steps' pictures without colour, and of those shrunk to 0.5 to 1 and enlarged again.
    """

    widths: tuple[int, ...] = (32, 64, 128, 192, 192)
    fine: int = 16
    made: int = 2500
    kin: float = 0.55
    kin_per_year: float = 0.007
    gender_drift: float = 0.4
    glasses_drift: float = 2.5
    smile_drift: float = 0.5
    grey: float = 0.08
    dimmed: float = 0.5
    l1_weight: float = 8.0
    feature_weight: float = 2.0
    adversarial_weight: float = 0.5
    label_weight: float = 0.5
    floors: tuple[float, float] = (0.9, 0.3)
    means_weight: float = 2.0
    tone_weight: float = 5.0
    flow_weight: float = 1.0
    augment: float = 0.2
    alone: float = 0.08
    lr: float = 2e-4
    told_rate: float = 10.0
    generator_betas: tuple[float, float] = (0.9, 0.99)
    critic_lr: float = 6e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 8
    load_size: int = 128
    ema_half_life: float = 2000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"

    def check(self) -> None:
        multiple("load size", self.load_size, 2 ** len(self.widths))
        whole("number of widths", len(self.widths), 3, 8)  # the flow is read off the second
        multiple("batch", self.batch, 2, "half of it are pairs")
        whole("number of made people", self.made, 1, 100_000)


@dataclass(frozen=True)
class FinderRecipe(Checked):
    """Hyperparameters of the face finder.

    side: of the composed pictures in px. load_size: of the faces put into them.
    distance: smallest and largest distance of the eyes, as a share of the side; drawn evenly in its logarithm.
    turn: standard deviation of a face's tilt in degrees.
    most: faces in a picture, 0 to this many.
    """

    widths: tuple[int, ...] = (32, 48, 80, 112)
    side: int = 128
    load_size: int = 128
    distance: tuple[float, float] = (0.05, 0.5)
    turn: float = 15.0
    most: int = 2
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 16
    ema_half_life: float = 4000.0
    precision: str = "auto"


Recipe = PaperRecipe | AgeingRecipe | PairsRecipe | FinderRecipe
RECIPES: dict[str, dict[str, Recipe]] = {
    "face-aging": {"paper": PaperRecipe(), "autoencoder": AgeingRecipe(), "bundled": PairsRecipe()},
    "face-finder": {"bundled": FinderRecipe()},
}
