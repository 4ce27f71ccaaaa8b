"""GAN, GAN-CLS, GAN-INT and GAN-INT-CLS as published: recipe, networks, losses and step.

Reed, Akata, Yan, Logeswaran, Schiele, Lee, *Generative Adversarial Text to Image Synthesis*, ICML 2016. The sentence
vectors phi(t) come from `encoder`; what the bundled weights use in place of these networks is in `light`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..checks import one_of
from ..layers import init_gan_weights
from ..training.runs import averaged
from ..training.system import System, adam
from .dataset import load_captioned
from .encoder import SIZE
from .model import TextRecipe, TextToImage, assembled, sentence_encoder
from .stream import SentenceStream, examples_of

NOISE = 100  # numbers of z
COMPRESSED = 128  # phi is brought to this width before it meets z
SAMPLES = 6  # made for each sentence of the sample grid


@dataclass(frozen=True)
class PaperRecipe(TextRecipe):
    """The four variants (section 4.5 and algorithm 1).

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

    def network(self) -> PaperGenerator:
        return PaperGenerator(self.width)

    def prepare(self, data: Path, seed: int, cache: Path, *, base: Path | None = None) -> tuple[System, Dataset]:
        """See `Recipe.prepare`.

        base: the weights folder that the recipe encoder was exported to, or a model's, which reads sentences as well.
        """
        found, encoder = load_captioned(data, cache, self.load_size), sentence_encoder(base)
        return PaperTraining(self, examples_of(found, encoder)), SentenceStream(found, encoder, seed=seed)

    def averaged(self, run_dir: Path, *, base: Path | None = None) -> TextToImage:
        """The averaged generator of a run with the encoder in `base`, see `Recipe.averaged`."""
        return assembled(sentence_encoder(base), averaged(run_dir, self.network()))


# Networks (section 4.1 and figure 2): those of DCGAN, told the sentence


def _compression(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(SIZE, width), nn.LeakyReLU(0.2))


class PaperGenerator(nn.Module, PyTorchModelHubMixin):
    """G(z, phi(t)): phi is compressed to 128 numbers and laid beside z; then a DCGAN generator to 64 px.

    Args:
        width: channels at 32 px; eight times as many at 4 px. noise: length of z. compressed: width phi is brought to.

    Shape: noise (N, 100), sentence (N, 256) -> (N, 3, 64, 64) in [-1, 1].
    """

    def __init__(self, width: int = 128, noise: int = NOISE, compressed: int = COMPRESSED):
        super().__init__()
        self.size = 64
        self.compress = _compression(compressed)
        widths = [8 * width, 4 * width, 2 * width, width]
        layers: list[nn.Module] = [nn.ConvTranspose2d(noise + compressed, widths[0], 4, 1, 0, bias=False)]
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        init_gan_weights(self)

    def forward(self, noise: Tensor, sentence: Tensor) -> Tensor:
        code = torch.cat([noise, self.compress(sentence)], 1)  # (N, 228)
        return self.layers(code[:, :, None, None])


class PaperDiscriminator(nn.Module):
    """D(x, phi(t)): a DCGAN discriminator down to 4 px, where the compressed phi is replicated over the map.

    A 1x1 convolution joins the two, and a 4x4 one gives the score.

    Shape: (N, 3, 64, 64), (N, 256) -> logits (N, 1). `look` gives the map, so that one picture can be judged with
        several sentences; `judge` judges it.
    """

    def __init__(self, width: int = 64, compressed: int = COMPRESSED):
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.compress = _compression(compressed)
        self.join = nn.Sequential(
            nn.Conv2d(widths[-1] + compressed, widths[-1], 1, bias=False), nn.BatchNorm2d(widths[-1]), nn.LeakyReLU(0.2)
        )
        self.out = nn.Conv2d(widths[-1], 1, 4)
        init_gan_weights(self)

    def look(self, picture: Tensor) -> Tensor:
        return self.layers(picture)  # (N, 8 * width, 4, 4)

    def judge(self, seen: Tensor, sentence: Tensor) -> Tensor:
        told = self.compress(sentence)[:, :, None, None].expand(-1, -1, *seen.shape[2:])
        return self.out(self.join(torch.cat([seen, told], 1))).flatten(1)

    def forward(self, picture: Tensor, sentence: Tensor) -> Tensor:
        return self.judge(self.look(picture), sentence)


# Losses and step


class Algorithm1:
    """The losses of the paper's algorithm 1 and equation 5, from logits; sigma is the logistic function.

    With wrong sentences (GAN-CLS): D maximises log s_r + (log(1 - s_w) + log(1 - s_f)) / 2, where s_r, s_w and s_f are
    sigma of D's logits of a real picture with its sentence, a real one with a wrong sentence, and a made one. Without
    (GAN): log s_r + log(1 - s_f). G maximises log s_f; with interpolated sentences (GAN-INT), also log of what D makes
    of pictures for those. Equation 5 writes log(1 - s_f) to be minimised; the algorithm's form of it does not saturate.
    """

    def discriminator(self, real: Tensor, fake: Tensor, wrong: Tensor | None = None) -> Tensor:
        if wrong is None:
            return F.softplus(-real).mean() + F.softplus(fake).mean()
        return F.softplus(-real).mean() + (F.softplus(wrong).mean() + F.softplus(fake).mean()) / 2

    def generator(self, fake: Tensor, between: Tensor | None = None) -> Tensor:
        own = F.softplus(-fake).mean()
        return own if between is None else own + F.softplus(-between).mean()


def interpolated(first: Tensor, second: Tensor, beta: float = 0.5) -> Tensor:
    """beta * t1 + (1 - beta) * t2, the sentence vectors of equation 5. (N, 256) each."""
    return beta * first + (1 - beta) * second


class TextTraining(System):
    """What all generators share: the sample grid, a real picture and what is made for its sentence in each row.

    examples: {"image": (M, 3, S, S), "right": (M, 256)}.
    """

    examples: dict[str, Tensor]

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        image, sentence = self.examples["image"], self.examples["right"].to(self.accelerator.device)
        noise = torch.randn(SAMPLES, NOISE, generator=torch.Generator().manual_seed(0)).to(sentence.device)
        rows = [generator(noise, s.expand(SAMPLES, -1)).float().cpu() for s in sentence]
        return torch.cat([torch.cat([x[None], row]) for x, row in zip(image, rows, strict=True)]), 1 + SAMPLES


class PaperTraining(TextTraining):
    """GAN, GAN-CLS, GAN-INT and GAN-INT-CLS, see `PaperRecipe`: algorithm 1."""

    decay = 1e-9  # constant, as in the paper

    def __init__(self, recipe: PaperRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.game = Algorithm1()
        self.networks = {
            "generator": recipe.network(),
            "critic": PaperDiscriminator(recipe.judge_width),
        }
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, right = self.recipe, batch["right"]
        asked = [right] + ([interpolated(right, batch["other"], r.beta)] if r.between else [])
        noise = torch.randn(len(right), NOISE, device=right.device)
        made = [self.networks["generator"](noise, sentence) for sentence in asked]
        judge = self.networks["critic"].requires_grad_(True)  # the discriminator, as states of runs call it
        s_w = judge(batch["image"], batch["wrong"]) if r.matching else None
        s_r, s_f = judge(batch["image"], right), judge(made[0].detach(), right)
        losses = {"d": self.game.discriminator(s_r, s_f, s_w)}
        self.update("critic", losses["d"])
        judge.requires_grad_(False)
        losses["g"] = self.game.generator(*(judge(x, sentence) for x, sentence in zip(made, asked, strict=True)))
        self.update("generator", losses["g"])
        return losses
