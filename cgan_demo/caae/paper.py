"""Zhang, Song, Qi, *Age Progression/Regression by Conditional Adversarial Autoencoder* (CAAE), CVPR 2017.

Faces are NCHW float tensors, RGB in [-1, 1], square. Ages are (N,) in years, genders (N,) from 0 male to 1 female.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..checks import integer, one_of
from ..data.faces import FaceDataset, load_faces
from ..layers import init_gan_weights
from ..objectives import Minimax, NonSaturating, total_variation
from ..training.runs import first_of
from ..training.system import System, adam
from ..training.task import Recipe
from .ageing import Ageing, ramped
from .ages import LABELS, labels


@dataclass(frozen=True)
class PaperRecipe(Recipe):
    """Equation 6 and section 4.2.

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
        integer("batch", self.batch, 2 if self.code_game else 1, 65536)  # D_z has batch norms

    def network(self) -> PaperAutoencoder:
        return PaperAutoencoder(self.load_size, self.code, self.width)

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[System, Dataset]:
        training, _ = load_faces(data, self.load_size, cache)
        return PaperAgeing(self, first_of(FaceDataset(training, seed + 1))), FaceDataset(training, seed)


class PaperAutoencoder(nn.Module, PyTorchModelHubMixin):
    """The paper's encoder E and generator G (figure 3): a face becomes 50 numbers, and these with a label a face.

    Args:
        size: side of the faces in px, 16 times a power of two.
        code: length of the code.
        width: channels of the encoder's first convolution; doubles per level.
        repeats: how often the label is repeated beside the code, so that so many numbers do not drown so few.

    Shape: `encode` (N, 3, size, size) -> (N, code) in [-1, 1]; `decode` that, ages, genders -> (N, 3, size, size).
    """

    def __init__(self, size: int = 128, code: int = 50, width: int = 64, repeats: int = 5):
        super().__init__()
        self.size, self.repeats = size, repeats
        levels = round(math.log2(size / 8))
        widths = [width * 2**i for i in range(levels)]
        self.down = nn.ModuleList(
            nn.Conv2d(a, b, 5, 2, 2) for a, b in zip([3, *widths], widths, strict=False)
        )  # size -> 8
        self.to_code = nn.Linear(widths[-1] * 64, code)
        self.first = 2 * widths[-1]
        self.from_code = nn.Linear(code + LABELS * repeats, self.first * 64)
        outs = [self.first // 2**i for i in range(levels + 1)]
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 5, 2, 2, output_padding=1) for a, b in zip(outs, outs[1:], strict=False)
        )  # 8 -> size
        self.head = nn.Conv2d(outs[-1], 3, 5, padding=2)
        init_gan_weights(self)

    def encode(self, face: Tensor) -> Tensor:
        for conv in self.down:
            face = F.relu(conv(face))
        return torch.tanh(self.to_code(face.flatten(1)))

    def decode(self, code: Tensor, ages: Tensor, genders: Tensor) -> Tensor:
        label = 2 * labels(ages, genders) - 1
        h = self.from_code(torch.cat([code, label.repeat(1, self.repeats)], 1))
        h = F.relu(h).view(-1, self.first, 8, 8)
        for conv in self.up:
            h = F.relu(conv(h))
        return torch.tanh(self.head(h))

    def forward(self, face: Tensor, ages: Tensor, genders: Tensor) -> Tensor:
        return self.decode(self.encode(face), ages, genders)


class CodeDiscriminator(nn.Module):
    """The paper's D_z: does a code come from the uniform prior? Widths 64, 32, 16. Shape: (N, code) -> (N, 1)."""

    def __init__(self, code: int = 50, widths: Sequence[int] = (64, 32, 16)):
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in zip([code, *widths], widths, strict=False):
            layers += [nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], 1))
        init_gan_weights(self)

    def forward(self, code: Tensor) -> Tensor:
        return self.layers(code)


class FaceDiscriminator(nn.Module):
    """The paper's D_img: is a face real, and of its label? The label joins after the first convolution.

    Shape: (N, 3, size, size), (N, 12) -> (N, 1).
    """

    def __init__(self, size: int = 128, width: int = 16, hidden: int = 1024):
        super().__init__()
        levels = round(math.log2(size / 8))
        widths = [width * 2**i for i in range(levels)]
        self.first = nn.Conv2d(3, width, 5, 2, 2)
        layers: list[nn.Module] = []
        for a, b in zip([width + LABELS, *widths[1:]], widths[1:], strict=False):
            layers += [nn.Conv2d(a, b, 5, 2, 2), nn.BatchNorm2d(b), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.out = nn.Sequential(nn.Linear(widths[-1] * 64, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1))
        init_gan_weights(self)

    def forward(self, face: Tensor, label: Tensor) -> Tensor:
        h = F.relu(self.first(face))
        spread = label[:, :, None, None].expand(-1, -1, *h.shape[2:])
        return self.out(self.layers(torch.cat([h, spread], 1)).flatten(1))


class PaperAgeing(Ageing):
    """Equation 6: an autoencoder whose code is pulled to a uniform prior by D_z, and whose faces are held to their
    label by D_img; both games come in after it has learned to copy.
    """

    def __init__(self, recipe: PaperRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.game: Minimax = NonSaturating()
        self.networks = {"generator": recipe.network()}
        if recipe.code_game:
            self.networks["code critic"] = CodeDiscriminator(recipe.code)
        if recipe.face_game:
            self.networks["face critic"] = FaceDiscriminator(recipe.load_size)
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, face = self.recipe, batch["face"]
        label = labels(batch["age"], batch["gender"])
        code = self.call("generator", "encode", face)
        copied = self.call("generator", "decode", code, batch["age"], batch["gender"])
        losses = {"l2": F.mse_loss(copied, face), "tv": total_variation(copied)}
        total = r.reconstruction_weight * losses["l2"] + r.total_variation_weight * losses["tv"]
        weight = ramped(progress, r.ramp)
        if r.code_game:
            prior = 2 * torch.rand_like(code) - 1
            losses["d code"] = self._play("code critic", (prior,), (code.detach(),))
            losses["g code"] = self.game.generator(self._judge("code critic", code))
            total = total + weight * losses["g code"]
        if r.face_game:
            losses["d face"] = self._play("face critic", (face, label), (copied.detach(), label))
            losses["g face"] = self.game.generator(self._judge("face critic", copied, label))
            total = total + weight * losses["g face"]
        self.update("generator", total)
        return losses

    def _play(self, name: str, real: tuple[Tensor, ...], fake: tuple[Tensor, ...]) -> Tensor:
        discriminator = self.networks[name].requires_grad_(True)
        loss = self.game.discriminator(discriminator(*real), discriminator(*fake))
        self.update(name, loss)
        return loss

    def _judge(self, name: str, *fake: Tensor) -> Tensor:
        return self.plain(name).requires_grad_(False)(*fake)
