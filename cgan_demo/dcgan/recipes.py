"""Recipes of the latent room: every hyperparameter of a training, frozen."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import Checked, multiple, one_of, whole


@dataclass(frozen=True)
class DCGANRecipe(Checked):
    """The paper's method (Radford et al., ICLR 2016, sections 3 and 4) with an objective of your choice.

    objective: a key of `objectives.ADVERSARIAL`. norm: of D, see `DCGANDiscriminator`. clip, penalty: of WGAN and
        WGAN-GP. critic_steps: steps of D for each one of G.
    width: channels of G at 4 px; judge_width: of D's first convolution.
    framing: what a visitor's picture is cut to, see `LatentModel`.
    batch: pictures of a step, over all the steps of D in it, each of which sees batch / critic_steps.
    """

    objective: str = "non-saturating"
    norm: str = "batch"
    clip: float = 0.01
    penalty: float = 10.0
    critic_steps: int = 1
    optimizer: str = "adam"
    latent: int = 100
    prior: str = "uniform"
    width: int = 1024
    judge_width: int = 64
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 128
    load_size: int = 64
    framing: str = "middle"
    ema_half_life: float = 0.0
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, [64, 128])
        whole("batch", self.batch, self.critic_steps, 65536)


@dataclass(frozen=True)
class ProjectedRecipe(Checked):
    """The recipe of the bundled weights: our light generator against a discriminator that looks through frozen
    features, hinge loss, small shifts of what D sees, and an average of G's weights.

    loss of G = hinge + variety_weight * by how much its pictures are closer to one another, in frozen features, than
        `variety` times the distance of real ones. Without it all faces became one within 16,000 pictures.

    framing: what a visitor's picture is cut to, see `LatentModel`. smooth: see `LightGenerator`.
    color, shift: strength of the augmentation of what D sees, and its largest shift as a share of the side.
    judge_lr: of D, where G's is `lr`: at the same rate its losses were those of chance.
    freeze_norms_after: progress from which G's batch norms use the statistics they will have when serving.
    """

    latent: int = 128
    widths: tuple[int, ...] = (224, 224, 160, 96)
    fine: tuple[int, ...] = (32, 24)
    smooth: bool = False
    variety: float = 1.0
    variety_weight: float = 4.0
    color: float = 0.0
    shift: float = 0.0625
    lr: float = 2e-4
    judge_lr: float = 5e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 64
    load_size: int = 128
    framing: str = "middle"
    ema_half_life: float = 20000.0
    freeze_norms_after: float = 0.9
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, [64, 128])
        multiple("batch", self.batch, 2, "pictures are compared in pairs")


@dataclass(frozen=True)
class InverterRecipe(Checked):
    """E for a trained generator, which stays as it is.

    On generated pictures, loss = latent_weight * L2 between E(G(z)) and z; on as many real ones, which come in between
    the shares `ramp` of the training, loss = picture_weight * L1 + feature_weight * frozen-feature distance between
    G(E(x)) and x, + prior_weight * (E(x)'s mean square - 1)**2, which keeps readings where draws lie.

    load_size: px at which E looks at pictures; they are compared at the generator's own size.
    """

    width: int = 32
    widest: int = 160
    latent_weight: float = 1.0
    picture_weight: float = 1.0
    feature_weight: float = 1.0
    prior_weight: float = 0.1
    ramp: tuple[float, float] = (0.3, 0.6)
    lr: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 64
    load_size: int = 64
    ema_half_life: float = 10000.0
    freeze_norms_after: float = 0.9
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, [64, 128])


Recipe = DCGANRecipe | ProjectedRecipe | InverterRecipe

# One for each objective, with what its own paper changes beside the loss.
OBJECTIVES: dict[str, DCGANRecipe] = {
    "minimax": DCGANRecipe("minimax"),
    "non-saturating": DCGANRecipe(),
    "lsgan": DCGANRecipe("lsgan"),
    # Arjovsky et al., 2017, algorithm 1: RMSProp, five steps of the critic.
    "wgan": DCGANRecipe("wgan", critic_steps=5, optimizer="rmsprop", lr=5e-5, batch=320),
    # Gulrajani et al., 2017, algorithm 1 and section 4: no batch norm in the critic.
    "wgan-gp": DCGANRecipe("wgan-gp", "channel", critic_steps=5, lr=1e-4, betas=(0.0, 0.9), batch=320),
    # Miyato et al., 2018, table 3: spectral norm in place of batch norm.
    "hinge": DCGANRecipe("hinge", "spectral", betas=(0.0, 0.9)),
}
RECIPES: dict[str, Recipe] = {
    "dcgan": DCGANRecipe(),
    **OBJECTIVES,
    "bundled": ProjectedRecipe(),
    "inverter": InverterRecipe(),
}
