"""S, which reads the style of a picture, so that another sentence can be painted in it: recipe, network and step.

Reed et al., *Generative Adversarial Text to Image Synthesis*, ICML 2016, section 4.4. Style is all that the sentence
leaves open, such as background and pose: the noise that the picture could have been made from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..checks import one_of
from ..training.runs import averaged
from ..training.system import System, adam
from .dataset import load_captioned
from .model import TextRecipe, TextToImage, loaded, with_style
from .paper import NOISE
from .stream import SentenceStream, examples_of


@dataclass(frozen=True)
class StyleRecipe(TextRecipe):
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

    def network(self) -> NoiseEncoder:
        return NoiseEncoder(self.load_size, self.width)

    def prepare(self, data: Path, seed: int, cache: Path, *, base: Path | None = None) -> tuple[System, Dataset]:
        """See `Recipe.prepare`.

        base: the weights folder that the recipe bundled was exported to, or one of the paper's.
        """
        found, model = load_captioned(data, cache, self.load_size), loaded(base, TextToImage)
        stream = SentenceStream(found, model.encoder, seed=seed)
        return StyleTraining(self, model, examples_of(found, model.encoder)), stream

    def averaged(self, run_dir: Path, *, base: Path | None = None) -> TextToImage:
        """The model in `base` with the averaged style encoder of a run, see `Recipe.averaged`."""
        return with_style(loaded(base, TextToImage), averaged(run_dir, self.network()))

    def part(self, given: nn.Module) -> nn.Module | None:
        return given.style if isinstance(given, TextToImage) else given


class NoiseEncoder(nn.Module, PyTorchModelHubMixin):
    """The paper's style encoder S: reads off a picture the noise that the generator would make its style of.

    Args:
        size: side in px at which pictures are looked at; larger ones are made smaller.
        width: channels of the first convolution; doubles per level.

    Shape: (N, 3, S, S) -> (N, 100).
    """

    def __init__(self, size: int = 64, width: int = 24):
        super().__init__()
        self.size = size
        levels = round(math.log2(size / 4))
        widths = [min(width * 2**i, 96) for i in range(levels)]
        layers: list[nn.Module] = []
        for a, b in zip([3, *widths], widths, strict=False):
            layers += [nn.Conv2d(a, b, 4, 2, 1), nn.BatchNorm2d(b, momentum=0.05), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(widths[-1] * 16, NOISE)

    def forward(self, picture: Tensor) -> Tensor:
        if picture.shape[-1] != self.size:
            picture = F.interpolate(
                picture, (self.size, self.size), mode="bilinear", antialias=True, align_corners=False
            )
        return self.out(self.layers(picture).flatten(1))


def style_loss(noise: Tensor, read: Tensor) -> Tensor:
    """E ||z - S(G(z, phi(t)))||^2, the paper's L_style (equation 6). (N, Z) each."""
    return (noise - read).square().sum(1).mean()


class StyleTraining(System):
    """S learns to read off a picture the noise that it was made from, see `StyleRecipe`.

    Args:
        model: whose generator is frozen.
        examples: {"image": (M, 3, S, S), "right": (M, 256)} for the sample grids.
    """

    decay, floor = 0.5, 0.01

    def __init__(self, recipe: StyleRecipe, model: TextToImage, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.painter = model.generator.eval().requires_grad_(False)
        self.frozen = (self.painter,)
        self.networks = {"generator": recipe.network()}
        self.optimizers = {"generator": adam(self.networks["generator"], recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        sentence = batch["right"]
        noise = torch.randn(len(sentence), NOISE, device=sentence.device)
        with torch.no_grad(), self.accelerator.autocast():
            picture = self.painter(noise, sentence).float()
        with self.accelerator.autocast():
            read = self.networks["generator"](picture)
        loss = style_loss(noise, read.float())
        self.update("generator", loss)
        return {"style": loss, "explained": 1 - loss.detach() / noise.square().sum(1).mean()}

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """In each row a real picture, then its style with every sentence, as in the paper's figure 6."""
        image, sentences = (self.examples[k].to(self.accelerator.device) for k in ("image", "right"))
        rows = [self.painter(generator(x[None]).expand(len(sentences), -1), sentences).float() for x in image]
        side = rows[0].shape[-1]
        shown = F.interpolate(image, (side, side), mode="bilinear", antialias=True, align_corners=False)
        grid = torch.cat([torch.cat([x[None], row]) for x, row in zip(shown, rows, strict=True)])
        return grid.cpu(), 1 + len(sentences)
