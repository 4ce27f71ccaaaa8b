"""SRResNet and SRGAN as published: recipes, networks, losses and steps.

Ledig et al., *Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network*, CVPR 2017. What
the paper leaves open is said where it is decided. What the bundled weights use instead is in `light` and `transfer`.

Pictures are NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..checks import multiple
from ..errors import InputError
from ..features import VGG19Features, vgg19, vgg19_layers
from ..objectives import NonSaturating, total_variation
from ..training.system import System, adam
from .recipe import PatchRecipe, PatchTraining


@dataclass(frozen=True)
class SRResNetRecipe(PatchRecipe):
    """SRResNet: mean squared error of pixels in [-1, 1] (equation 4 and section 3.2).

    The paper trains for a million steps at one learning rate, on ImageNet; it gives low resolution to the network in
    [0, 1], we in [-1, 1]. It states the first of Adam's betas alone; the second is Adam's own.

    width, blocks: of the generator. side: px of the patches at high resolution.
    """

    width: int = 64
    blocks: int = 16
    side: int = 96
    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    batch: int = 16
    ema_half_life: float = 0.0
    precision: str = "no"

    def network(self) -> SRResNet:
        return SRResNet(self.width, self.blocks)

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[System, Dataset]:
        examples, stream = self.patches(data, seed, cache)
        return SRResNetTraining(self, examples), stream

    def parts(self, given: nn.Module) -> dict[str, nn.Module]:
        return {"": given}


@dataclass(frozen=True)
class SRGANRecipe(SRResNetRecipe):
    """SRGAN (equations 3, 5 and 6), which begins with a trained SRResNet: give it with --warm-start.

    loss of G = content loss on VGG-19 + adversarial_weight * -log D(G) + total_variation_weight * TV.

    The paper trains for a hundred thousand steps and as many at a tenth of the learning rate.

    content: the layer phi_{i,j}, "relu{i}_{j}": "relu5_4" is the paper's SRGAN-VGG54, "relu2_2" its SRGAN-VGG22.
    feature_scale: what features are multiplied by, which makes the loss about as large as that of pixels. The paper
        does not say what its VGG-19 takes; ours takes what torchvision's does.
    total_variation_weight: 2e-8 in the paper's first versions, in the last there is none.
    critic_width: channels of D's first convolution.
    """

    content: str = "relu5_4"
    feature_scale: float = 1 / 12.75
    adversarial_weight: float = 1e-3
    total_variation_weight: float = 0.0
    critic_width: int = 64

    def check(self) -> None:
        multiple("side", self.side, 16)
        check_content(self.content)

    def prepare(self, data: Path, seed: int, cache: Path, *, vgg: Path | None = None) -> tuple[System, Dataset]:
        """See `Recipe.prepare`, and for further errors `features.vgg19`.

        vgg: a safetensors file of VGG-19, named as torchvision does; by default that is downloaded.
        """
        examples, stream = self.patches(data, seed, cache)
        return SRGANTraining(self, vgg19((self.content,), vgg), examples), stream


def check_content(layer: str) -> None:
    """Refuse what is no layer of VGG-19.

    Raises:
        InputError: it is none.
    """
    names = [name for name, _, _ in vgg19_layers()]
    if layer not in names:
        raise InputError(
            f"VGG-19 has no layer {layer!r} to look at: they are called {names[0]}, {names[1]}, ..., pool5."
        )


# Networks (figure 4)


class NormedBlock(nn.Module):
    """Convolution, batch norm, PReLU, convolution, batch norm, and the input added."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.PReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class SRResNet(nn.Module, PyTorchModelHubMixin):
    """The generator: residual blocks at low resolution, then two pixel-shuffles by 2.

    Shape: (N, 3, h, w) -> (N, 3, 4h, 4w). 1.5 M parameters at the paper's size.
    """

    def __init__(self, width: int = 64, blocks: int = 16):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, width, 9, padding=4), nn.PReLU())
        self.blocks = nn.Sequential(*(NormedBlock(width) for _ in range(blocks)))
        self.last = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width))
        grow = [
            layer
            for _ in range(2)
            for layer in (nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU())
        ]
        self.grow = nn.Sequential(*grow, nn.Conv2d(width, 3, 9, padding=4))

    def forward(self, low: Tensor) -> Tensor:
        h = self.first(low)
        return torch.tanh(self.grow(h + self.last(self.blocks(h))))


class SRDiscriminator(nn.Module):
    """The discriminator: eight convolutions, every second with stride 2, and two dense layers.

    Args:
        size: side of the pictures, a multiple of 16. width: channels of the first convolution.
        norm: batch norms as in SRGAN; without, for WGAN-GP, whose penalty looks at each picture alone.

    Shape: (N, 3, size, size) -> logits (N, 1).
    """

    def __init__(self, size: int = 96, width: int = 64, norm: bool = True):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.LeakyReLU(0.2)]
        channels = [width, width, 2 * width, 2 * width, 4 * width, 4 * width, 8 * width, 8 * width]
        for i, (a, b) in enumerate(zip(channels, channels[1:], strict=False)):
            layers.append(nn.Conv2d(a, b, 3, 2 if i % 2 == 0 else 1, 1))
            layers += [nn.BatchNorm2d(b)] if norm else []
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers)
        self.out = nn.Sequential(nn.Linear(8 * width * (size // 16) ** 2, 1024), nn.LeakyReLU(0.2), nn.Linear(1024, 1))

    def forward(self, picture: Tensor) -> Tensor:
        return self.out(self.layers(picture).flatten(1))


# Steps


class SRResNetTraining(PatchTraining):
    """Mean squared error between what the network makes of a shrunk patch and the patch (equation 4)."""

    floor = 1.0  # one learning rate from beginning to end

    def __init__(self, recipe: SRResNetRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.networks: dict[str, nn.Module] = {"generator": recipe.network()}
        self.optimizers = {"generator": adam(self.networks["generator"], recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        loss = F.mse_loss(self.networks["generator"](batch["low"]), batch["high"])
        self.update("generator", loss)
        return {"mse": loss}


class SRGANTraining(SRResNetTraining):
    """A generator against a discriminator, held to the content by features of VGG-19; see `SRGANRecipe`.

    The discriminator, called "critic" in a run's state, learns first, then the generator, a step each; the paper says
    no more than that they alternate.

    vgg: its only tap is the content's.
    """

    recipe: SRGANRecipe

    def __init__(self, recipe: SRGANRecipe, vgg: VGG19Features, examples: dict[str, Tensor]):
        super().__init__(recipe, examples)
        self.vgg, self.frozen, self.game = vgg, (vgg,), NonSaturating()
        self.networks["critic"] = SRDiscriminator(recipe.side, recipe.critic_width)
        self.optimizers["critic"] = adam(self.networks["critic"], recipe.lr, recipe.betas)

    def learning_rate(self, progress: float) -> float:
        """A tenth in the second half."""
        return 1.0 if progress < 0.5 else 0.1

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, high = self.recipe, batch["high"]
        made = self.networks["generator"](batch["low"])
        losses = {
            "d": self._play(high, made.detach()),
            "content": content_loss(self.vgg(made)[0], self.vgg(high)[0], r.feature_scale),
            "g": self.game.generator(self.plain("critic").requires_grad_(False)(made)),
            "tv": total_variation(made),
            "mse": F.mse_loss(made.detach(), high),
        }
        weights = {"content": 1.0, "g": r.adversarial_weight, "tv": r.total_variation_weight}
        self.update("generator", torch.stack([w * losses[k] for k, w in weights.items()]).sum())
        return losses

    def _play(self, real: Tensor, fake: Tensor) -> Tensor:
        discriminator = self.networks["critic"].requires_grad_(True)
        loss = self.game.discriminator(discriminator(real), discriminator(fake))
        self.update("critic", loss)
        return loss


def content_loss(made: Tensor, true: Tensor, scale: float = 1 / 12.75) -> Tensor:
    """Mean squared difference of features, rescaled (equation 5 and section 3.2). (N, C, H, W) each.

    The paper's sum runs over places and says nothing of channels; here they are averaged, too.
    """
    return F.mse_loss(scale * made, scale * true)
