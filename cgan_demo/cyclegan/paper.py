"""CycleGAN as published: Zhu, Park, Isola, Efros, *Unpaired Image-to-Image Translation using Cycle-Consistent
Adversarial Networks*, ICCV 2017.

Two piles of pictures, A and B, and no pairs. G: A -> B and F: B -> A are trained at once, each against a discriminator
of its own, so that F(G(a)) is a again and G(F(b)) is b. Networks take and give NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..checks import integer, multiple, number
from ..objectives import LeastSquares
from ..pix2pix.paper import SMALLEST, PatchDiscriminator
from ..pix2pix.resnet import ResnetGenerator
from ..training.runs import first_of
from ..training.system import System, adam
from .two_ways import JUDGES, WAYS, TwoWays, UnpairedRecipe, cycles

PATCH = 70  # px that a logit of the discriminators sees (appendix 7.2)


@dataclass(frozen=True)
class CycleGANRecipe(UnpairedRecipe):
    """The paper's method, sections 3 and 4 and appendix 7.

    width: channels of the generators' first convolution.
    blocks: residual blocks of the generators; the paper has 9 at 256 px and 6 at 128 px.
    cycle_weight: lambda of equation 3.
    identity_weight: as a share of `cycle_weight`, of G(b) being b and F(a) being a (section 5.2); 0 for not at all.
    pool: generated pictures that the discriminators are shown again (section 4).
    reverse: the second pile is the one that the exported network translates.
    load_size, crop, scale: side in px of the cached pictures, of the training crops, and range of zoom.
    flips: pictures are mirrored by chance.
    """

    width: int = 64
    blocks: int = 9
    discriminator_width: int = 64
    norm: str = "instance"
    cycle_weight: float = 10.0
    identity_weight: float = 0.5
    pool: int = 50
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 1
    load_size: int = 286
    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.0)
    ema_half_life: float = 0.0
    precision: str = "no"

    def check(self) -> None:
        multiple("crop", self.crop, 4, "the generators halve it twice")
        integer("crop", self.crop, SMALLEST[PATCH], 8192)
        integer("pool", self.pool, 0, 1_000_000)
        number("cycle weight", self.cycle_weight, 0)
        super().check()

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[CycleGAN, Dataset]:
        """Both generators with their discriminators, and the endless stream of crops of the two piles."""
        stream = self.stream(data, seed, cache)
        return CycleGAN(self, first_of(stream, 4)), stream

    def network(self) -> TwoWays:
        """G and F, untrained."""
        return TwoWays(*(ResnetGenerator(3, 3, self.width, self.blocks, self.norm) for _ in WAYS))


class CycleGAN(System):
    """L(G, F, D_A, D_B) = L_GAN(G, D_B) + L_GAN(F, D_A) + lambda L_cyc(G, F) (equation 3), with least squares.

    One step of G and F, then one of each discriminator on pictures of its pool. Rates are constant over the first half
    and fall linearly to zero over the second, as over the paper's 100 + 100 epochs.

    Args:
        examples: fixed pictures {"a", "b"} (N, 3, H, W) for the sample grids.
    """

    def __init__(self, recipe: CycleGANRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.game, self.pools = LeastSquares(), {way: PicturePool(recipe.pool) for way in WAYS}
        self.networks = {"generator": recipe.network()}
        for way in WAYS:
            self.networks[JUDGES[way]] = PatchDiscriminator(3, 0, PATCH, recipe.discriminator_width, recipe.norm)
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        a, b = batch["a"], batch["b"]
        losses, made = dict[str, Tensor](), dict[str, Tensor]()
        total = a.new_zeros(())
        for way, back, source, target in (("there", "back", a, b), ("back", "there", b, a)):
            made[way], found = self._one_way(way, back, source, target)
            losses |= {f"{name}_{way}": loss for name, loss in found.items()}
            total = total + self._weighed(found)
        self.update("generator", total)
        for way, target in (("there", b), ("back", a)):
            losses[f"d_{way}"] = self._discriminator_step(way, target, made[way].detach())
        return losses

    def _one_way(self, way: str, back: str, source: Tensor, target: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The translation of `source`, and what it costs: game (equation 1), cycle (equation 2) and identity."""
        discriminator = self.plain(JUDGES[way]).requires_grad_(False)
        with self.accelerator.autocast():
            fake = self.call("generator", way, source)
            again = self.call("generator", back, fake)
            logits = discriminator(fake)
            same = self.call("generator", way, target) if self.recipe.identity_weight else target
        losses = {"g": 2 * self.game.generator(logits.float())}  # the paper's has no half
        losses["cycle"] = F.l1_loss(again.float(), source)
        losses["identity"] = F.l1_loss(same.float(), target)
        return fake.float(), losses

    def _weighed(self, losses: dict[str, Tensor]) -> Tensor:
        r = self.recipe
        return losses["g"] + r.cycle_weight * (losses["cycle"] + r.identity_weight * losses["identity"])

    def _discriminator_step(self, way: str, real: Tensor, fake: Tensor) -> Tensor:
        """Its objective is halved, which slows it down against G (appendix 7.1)."""
        self.plain(JUDGES[way]).requires_grad_(True)
        net, shown = self.networks[JUDGES[way]], self.pools[way].exchanged(fake)
        with self.accelerator.autocast():
            logits = net(torch.cat([real, shown])).float()
        loss = self.game.discriminator(*logits.split([len(real), len(shown)]))
        self.update(JUDGES[way], loss)
        return loss

    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        return cycles(generator, self.examples, self.accelerator.device)

    def extra_state(self) -> dict[str, Any]:
        return {way: list(pool.pictures) for way, pool in self.pools.items()}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        for way, pool in self.pools.items():
            pool.pictures = list(state[way])


class PicturePool:
    """Generated pictures of earlier steps: discriminators that see them do not chase the latest generator (section 4).

    Shrivastava et al., *Learning from Simulated and Unsupervised Images through Adversarial Training*, CVPR 2017.

    Args:
        size: pictures that are kept; 0 for none.
    """

    def __init__(self, size: int = 50):
        self.size, self.pictures = size, list[Tensor]()  # (3, H, W) each, on the CPU

    def exchanged(self, batch: Tensor) -> Tensor:
        """The batch (N, 3, H, W), each picture by a chance of one half exchanged for one that was kept.

        While the pool is being filled, pictures are kept and given back, too.
        """
        return torch.stack([self._exchanged(picture) for picture in batch]) if self.size else batch

    def _exchanged(self, picture: Tensor) -> Tensor:
        if len(self.pictures) < self.size:
            self.pictures.append(picture.cpu().clone())
            return picture
        if torch.rand(()) < 0.5:
            return picture
        place = int(torch.randint(self.size, ()))
        kept, self.pictures[place] = self.pictures[place], picture.cpu().clone()
        return kept.to(picture)
