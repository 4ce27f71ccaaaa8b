"""Training of the style encoder against a frozen generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..training.loop import System, adam
from .networks import NOISE, StyleEncoder, TextToImage
from .recipes import StyleRecipe


def style_loss(noise: Tensor, read: Tensor) -> Tensor:
    """E ||z - S(G(z, phi(t)))||^2, the paper's L_style (equation 6). (N, Z) each."""
    return (noise - read).square().sum(1).mean()


class StyleTraining(System):
    """S learns to read off a picture the noise that it was made from, see `StyleRecipe`.

    Args:
        whole: the text-to-image model whose generator is frozen.
        examples: {"image": (M, 3, S, S), "right": (M, 256)} for the sample grids.
    """

    decay, floor = 0.5, 0.01

    def __init__(self, recipe: StyleRecipe, whole: TextToImage, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.painter = whole.generator.eval().requires_grad_(False)
        self.frozen = (self.painter,)
        self.networks = {"generator": StyleEncoder(recipe.load_size, recipe.width)}
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
