"""Radford, Metz, Chintala, *Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks* (DCGAN), ICLR 2016, with the objectives of its successors.

Pictures are NCHW float tensors, RGB in [-1, 1], square, of 64 or 128 px. Latents are (N, Z).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim import Optimizer
from torch.utils.data import Dataset

from ..checks import integer, one_of
from ..layers import init_gan_weights, make_norm
from ..objectives import ADVERSARIAL, Adversarial, Wasserstein, WassersteinGP
from ..training.system import System, adam
from .dataset import PictureStream, load_pictures
from .sampling import SIZES, GeneratorRecipe, Sampling, levels_of


@dataclass(frozen=True)
class DCGANRecipe(GeneratorRecipe):
    """Sections 3 and 4, with an objective of your choice.

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
        one_of("load size", self.load_size, SIZES)
        integer("batch", self.batch, self.critic_steps, 65536)

    def network(self) -> DCGANGenerator:
        return DCGANGenerator(self.load_size, self.latent, self.width, self.prior)

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[System, Dataset]:
        training, _ = load_pictures(data, self.load_size, cache)
        return DCGANTraining(self), PictureStream(training, seed)

    def game(self) -> Adversarial:
        """The objective, with its settings."""
        if self.objective == "wgan":
            return Wasserstein(self.clip)
        return WassersteinGP(self.penalty) if self.objective == "wgan-gp" else ADVERSARIAL[self.objective]()

    def optimizer_for(self, net: nn.Module) -> Optimizer:
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(net.parameters(), self.lr)
        return adam(net, self.lr, self.betas)


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


class DCGANGenerator(nn.Module, PyTorchModelHubMixin):
    """The paper's generator (figure 1): a projection, then fractionally strided 5x5 convolutions; batch norm and ReLU
    everywhere but at the output, which is a tanh. No pooling, no hidden fully connected layer.

    Args:
        size: side of the pictures in px, 64 or 128; the larger one has one more convolution.
        latent: numbers of z. prior: what z is drawn from: "uniform" on [-1, 1], as in the paper, or "normal".
        width: channels at 4 px, halved per level; the paper's are 1024.

    Shape: (N, latent) -> (N, 3, size, size).
    """

    def __init__(self, size: int = 64, latent: int = 100, width: int = 1024, prior: str = "uniform"):
        super().__init__()
        self.size, self.latent, self.prior = size, latent, prior
        widths = [max(1, width // 2**i) for i in range(levels_of(size))]
        self.first = nn.Linear(latent, 16 * widths[0], bias=False)  # the batch norm after it has one
        self.norms = nn.ModuleList(nn.BatchNorm2d(w) for w in widths)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 5, 2, 2, output_padding=1) for a, b in zip(widths, [*widths[1:], 3], strict=True)
        )
        init_gan_weights(self)

    def forward(self, z: Tensor) -> Tensor:
        h = self.first(z).view(len(z), -1, 4, 4)
        for norm, conv in zip(self.norms, self.up, strict=True):
            h = conv(F.relu(norm(h)))
        return torch.tanh(h)

    def early(self) -> nn.Module:
        """The module whose output is the first activations."""
        return self.up[0]


class DCGANDiscriminator(nn.Module):
    """The paper's discriminator: strided convolutions, leaky ReLU of slope 0.2, batch norm but at the input; the last
    maps are flattened and give one number.

    Args:
        width: channels of the first convolution, doubled per level.
        norm: "batch", as in the paper; "channel" or "none" where one sample must not see the others (WGAN-GP);
            "spectral" for spectrally normalised weights instead (Miyato et al., ICLR 2018).

    Shape: (N, 3, size, size) -> logits (N, 1).
    """

    def __init__(self, size: int = 64, width: int = 64, norm: str = "batch"):
        super().__init__()
        widths = [width * 2**i for i in range(levels_of(size))]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 5, 2, 2) for a, b in zip([3, *widths], widths, strict=False))
        self.norms = nn.ModuleList(make_norm("none" if norm == "spectral" else norm, w) for w in widths[1:])
        self.out = nn.Linear(16 * widths[-1], 1)
        init_gan_weights(self)
        if norm == "spectral":
            for layer in (*self.down, self.out):
                spectral_norm(layer)

    def forward(self, picture: Tensor) -> Tensor:
        h = F.leaky_relu(self.down[0](picture), 0.2)
        for conv, norm in zip(self.down[1:], self.norms, strict=True):  # type: ignore[arg-type]
            h = F.leaky_relu(norm(conv(h)), 0.2)
        return self.out(h.flatten(1))


class DCGANTraining(Sampling):
    """The paper's recipe with any of the six objectives, see `DCGANRecipe`."""

    decay = 1e-9  # constant, as in the paper

    def __init__(self, recipe: DCGANRecipe):
        self.recipe, self.game = recipe, recipe.game()
        self.networks = {
            "generator": recipe.network(),
            "critic": DCGANDiscriminator(recipe.load_size, recipe.judge_width, recipe.norm),
        }
        self.optimizers = {name: recipe.optimizer_for(net) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        parts = batch["image"].chunk(self.recipe.critic_steps)
        for real in parts[:-1]:  # of several steps of D, the last one's fakes are also G's, as where there is one
            with torch.no_grad():
                fake = self._made(len(real))
            self._judge(real, fake)
        made = self._made(len(parts[-1]))
        losses = self._judge(parts[-1], made.detach())
        with self.accelerator.autocast():
            judged = self.plain("critic").requires_grad_(False)(made)
        losses["g"] = self.game.generator(judged.float())
        self.update("generator", losses["g"])
        return losses

    def _made(self, count: int) -> Tensor:
        with self.accelerator.autocast():
            return self.networks["generator"](self.noise(count)).float()

    def _judge(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """One step of D; its losses, and its mean outputs."""
        discriminator = self.networks["critic"].requires_grad_(True)
        with self.accelerator.autocast():
            logits = discriminator(real).float(), discriminator(fake).float()
        losses = {"d": self.game.discriminator(*logits)}
        total = losses["d"]
        if isinstance(self.game, WassersteinGP):
            losses["penalty"] = self.game.penalty(discriminator, real, fake)
            total = total + losses["penalty"]
        self.update("critic", total)
        if isinstance(self.game, Wasserstein):
            self.game.constrain(discriminator)
        return losses | {"d real": logits[0].mean(), "d fake": logits[1].mean()}
