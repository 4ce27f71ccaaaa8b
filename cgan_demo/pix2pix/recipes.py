"""Recipes of pix2pix: every hyperparameter of a training, frozen."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import Checked, multiple, one_of, whole
from ..errors import InputError

OBJECTIVES = ("L1", "GAN", "cGAN", "L1+GAN", "L1+cGAN")
SMALLEST = {1: 1, 16: 6, 70: 24, 286: 96}  # px that a discriminator of each patch needs


def _fits(crop: int, load_size: int, scale: tuple[float, float]) -> None:
    """Refuse crops that the pictures are too small for.

    Raises:
        InputError: they are.
    """
    if load_size * scale[0] < crop - 1:
        least = -(-(crop - 1) // scale[0])
        raise InputError(f"Crops of {crop} px do not fit pictures of {load_size} px: give a load size from {least:g}.")


@dataclass(frozen=True)
class Pix2PixRecipe(Checked):
    """The paper's method (Isola et al., CVPR 2017), sections 3 and 6.

    objective: any of `OBJECTIVES`; cGAN shows D the input, GAN does not.
    generator: "unet" or "encoder-decoder" (no skips).
    width, depth: of the generator; patch: receptive field of D in pixels (1, 16, 70, 286).
    l1_weight: lambda of equation 4.
    adversarial: a key of `objectives.ADVERSARIAL`; the paper maximises log D for G ("non-saturating").
    load_size, crop, scale: side in pixels of the cached pictures, of the training crops, and range of zoom.
    """

    objective: str = "L1+cGAN"
    generator: str = "unet"
    width: int = 64
    depth: int = 8
    dropout: float = 0.5
    norm: str = "instance"
    patch: int = 70
    discriminator_width: int = 64
    adversarial: str = "non-saturating"
    l1_weight: float = 100.0
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 1
    load_size: int = 286
    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.0)
    flips: bool = True
    rotations: bool = False
    ema_half_life: float = 0.0
    precision: str = "no"

    def check(self) -> None:
        one_of("objective", self.objective, OBJECTIVES)
        one_of("patch", self.patch, SMALLEST)
        whole("depth", self.depth, 2, 12)
        multiple("crop", self.crop, 2**self.depth, f"the generator halves it {self.depth} times")
        if "GAN" in self.objective:
            whole("crop", self.crop, SMALLEST[self.patch], 8192)
        _fits(self.crop, self.load_size, self.scale)


@dataclass(frozen=True)
class LightRecipe(Checked):
    """The recipe of the bundled weights: a light U-Net against a projected discriminator.

    loss of G = l1_weight * L1 + feature_weight * frozen-feature distance + adversarial_weight * hinge
        + palette_weight * palette cross-entropy, each colour with its class weight (where there is a palette).

    contrast: centre colour and width of the stretched look at the input (see `LightUNetGenerator`).
    noise_channels: channels of noise beside the input; one input then has several outputs.
    guide, palette: see `LightUNetGenerator`.
    input_jitter: strength of random gain and contrast on the input picture (for aerial photographs as input).
    freeze_norms_after: progress from which batch norms use their running statistics, as in serving.
    augment: strength of differentiable augmentation before the discriminator.
    """

    widths: tuple[int, ...] = (32, 64, 128, 192, 256)
    blocks: int = 1
    noise_channels: int = 0
    contrast: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.3)
    guide: bool = False
    palette: tuple[tuple[float, float, float], ...] = ()
    l1_weight: float = 5.0
    palette_weight: float = 0.0
    palette_class_weights: tuple[float, ...] = ()
    feature_weight: float = 1.0
    adversarial_weight: float = 0.5
    augment: float = 0.3
    input_jitter: float = 0.0
    lr: float = 2e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 8
    load_size: int = 300
    crop: int = 128
    scale: tuple[float, float] = (0.8, 1.0)
    flips: bool = True
    rotations: bool = True
    ema_half_life: float = 2000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"

    def check(self) -> None:
        smallest = 2 ** len(self.widths)
        multiple("crop", self.crop, smallest, f"the generator halves it {len(self.widths)} times")
        whole("batch", self.batch, 2 if self.crop == smallest else 1, 65536)  # a norm of one number is nothing
        _fits(self.crop, self.load_size, self.scale)


@dataclass(frozen=True)
class SketchRecipe(Checked):
    """The recipe of the sketch models: BicycleGAN's two halves on a light U-Net against a projected discriminator.

    Half of a batch is given the code of its own photo (cVAE-GAN), the other half that of another photo (cLR-GAN; Zhu
    et al., NIPS 2017, section 3, who draw it from N(0, 1); see `SketchGenerator` for why not).
    loss of G and E = l1_weight * L1 + feature_weight * frozen-feature distance + kl_weight * KL,
    on the first half, + latent_weight * L1 of the code read back, on the second, + adversarial_weight * hinge
    + background_weight * L1 on the white around the object, on both.

    drawing: "lines" or "labels", see `SketchGenerator`.
    roughen: drawings are roughened as hands draw (see `strokes.roughen`).
    shrink: see `data.paired.Jitter`; the official pictures all lie alike in their frame, drawings by hand do not.
    closeups_after: progress from which half of the steps judge a part of the picture at full resolution, not the whole
        at half of it.
    enlarged: share of the steps that judge a part of half of `JUDGED_SIDE`, twice as large.
    smooth, paper: see `SketchGenerator`.
    """

    widths: tuple[int, ...] = (48, 96, 160, 184, 184)
    code: int = 8
    fine: int = 16
    smooth: bool = False
    paper: bool = True
    drawing: str = "lines"
    roughen: bool = True
    l1_weight: float = 10.0
    feature_weight: float = 2.0
    adversarial_weight: float = 0.8
    kl_weight: float = 0.005
    latent_weight: float = 0.5
    background_weight: float = 5.0
    closeups_after: float = 0.7
    enlarged: float = 0.0
    augment: float = 0.3
    lr: float = 4e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 8
    load_size: int = 256
    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.12)
    shrink: float = 0.55
    flips: bool = True
    rotations: bool = False
    ema_half_life: float = 2000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"

    def check(self) -> None:
        smallest = max(64, 4 * 2 ** (len(self.widths) - 1))
        multiple("crop", self.crop, smallest)
        whole("batch", self.batch, 2 if self.crop == smallest else 1, 65536)  # a norm of one number is nothing
        _fits(self.crop, self.load_size, self.scale)


# Red, green, blue of the colours that cover 94 % of the pixels of the training maps to within 10/255 (k-medians), and a
# weight that goes with one over the square root of the class's share (ground .70, street .09, highway .02, water .14,
# park .13): thin streets and rare highways would hardly move an unweighted mean.
_MAP_COLOURS = (
    (233, 229, 223, 0.6),
    (243, 241, 235, 0.6),
    (238, 236, 230, 0.6),
    (229, 226, 220, 0.6),
    (223, 219, 213, 0.6),
    (254, 253, 249, 1.8),
    (245, 160, 43, 5.0),
    (247, 222, 134, 5.0),
    (177, 208, 254, 2.0),
    (170, 199, 238, 2.0),
    (203, 223, 170, 1.6),
    (206, 210, 188, 1.6),
)
MAP_PALETTE = tuple((r / 127.5 - 1, g / 127.5 - 1, b / 127.5 - 1) for r, g, b, _ in _MAP_COLOURS)
MAP_PALETTE_WEIGHTS = tuple(w for *_, w in _MAP_COLOURS)


@dataclass(frozen=True)
class Task:
    """A trained instance: which picture is the input, and its recipes.

    reverse: the right-hand picture of a pair is the input.
    large: goes on from the bundled recipe at full resolution, where that one has learnt most at a smaller one.
    """

    reverse: bool
    paper: Pix2PixRecipe
    bundled: LightRecipe | SketchRecipe
    large: SketchRecipe | None = None


TASKS: dict[str, Task] = {
    "map-to-aerial": Task(
        reverse=True,
        paper=Pix2PixRecipe(rotations=True),
        bundled=LightRecipe(noise_channels=2, contrast=(0.843, 0.804, 0.741, 0.1)),
    ),
    "aerial-to-map": Task(
        reverse=False,
        paper=Pix2PixRecipe(rotations=True),
        bundled=LightRecipe(
            widths=(32, 64, 128, 192),
            contrast=(-0.55, -0.5, -0.55, 0.3),
            guide=True,
            palette=MAP_PALETTE,
            palette_class_weights=MAP_PALETTE_WEIGHTS,
            l1_weight=10.0,
            palette_weight=1.0,
            feature_weight=1.0,
            adversarial_weight=0.1,
            augment=0.0,
            input_jitter=0.2,
            lr=8e-4,
        ),
    ),
    "photo-to-edges": Task(
        reverse=True,
        paper=Pix2PixRecipe(),
        bundled=LightRecipe(
            widths=(24, 48, 96, 128),
            guide=True,
            palette=((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)),
            palette_class_weights=(3.0, 1.0),  # ink is 2 % of the picture
            palette_weight=1.0,
            l1_weight=1.0,
            feature_weight=0.0,
            adversarial_weight=0.0,
            augment=0.0,
            input_jitter=0.2,
            lr=8e-4,
            load_size=256,
            crop=128,
            rotations=False,
        ),
    ),
    "edges-to-cats": Task(
        reverse=False,
        paper=Pix2PixRecipe(),
        bundled=SketchRecipe(
            smooth=True,
            fine=24,
            paper=False,  # the ground behind is painted too
            background_weight=0.0,
            crop=128,
            load_size=160,
            scale=(0.8, 1.25),
            shrink=1.0,
            enlarged=0.25,
        ),
        large=SketchRecipe(
            smooth=True,
            fine=24,
            paper=False,
            background_weight=0.0,
            shrink=1.0,
            enlarged=0.25,
            closeups_after=0.0,
            lr=2e-4,
        ),
    ),
    "edges-to-shoes": Task(reverse=False, paper=Pix2PixRecipe(), bundled=SketchRecipe()),
    "edges-to-handbags": Task(reverse=False, paper=Pix2PixRecipe(), bundled=SketchRecipe()),
    "labels-to-facade": Task(
        reverse=True,
        paper=Pix2PixRecipe(),
        bundled=SketchRecipe(
            drawing="labels",
            roughen=False,
            background_weight=0.0,
            crop=128,  # windows and walls are local; a quarter of the cost
            scale=(0.75, 1.1),
            shrink=1.0,
        ),
    ),
}
