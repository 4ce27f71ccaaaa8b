"""What the sketch models' bundled weights use: BicycleGAN (Zhu et al., *Toward Multimodal Image-to-Image Translation*,
NIPS 2017) on a light U-Net, one drawing and many photos.

Networks take and give NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..augment import augment_pair
from ..checks import integer, multiple
from ..features import EfficientNetLite, efficientnet_lite
from ..layers import ResidualBlock, StyledBlock, enlarged_twice, freeze_batch_norms, merge_upsampled, silu
from ..objectives import feature_distance
from ..pix2pix.edges import to_ink
from ..projected import ProjectedDiscriminator, ProjectedGame
from ..training.system import adam
from .drawn import DrawnRecipe
from .paper import CodedSystem, kl_divergence
from .strokes import outside, roughen, white_around

JUDGED_SIDE = 128  # px at which larger pictures are judged, encoded and compared in feature space
FLOODS = (1, 2, 4)  # cells of the grids on which the outside is found, in units of 4 px
JITTER = 0.1  # standard deviation added to a remembered code


@dataclass(frozen=True)
class SketchRecipe(DrawnRecipe):
    """BicycleGAN's two halves on a light U-Net against a projected discriminator.

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
    load_size, crop, scale: side in px of the cached pictures, of the training crops, and range of zoom.
    reverse: the right-hand picture of a pair is the input.
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
    reverse: bool = False

    def check(self) -> None:
        smallest = max(64, 4 * 2 ** (len(self.widths) - 1))
        multiple("crop", self.crop, smallest)
        integer("batch", self.batch, 2 if self.crop == smallest else 1, 65536)  # a norm of one number is nothing
        super().check()

    def network(self) -> SketchGenerator:
        return SketchGenerator(
            3, self.widths, self.code, self.fine, drawing=self.drawing, smooth=self.smooth, paper=self.paper
        )

    def system(self, examples: dict[str, Tensor], features: EfficientNetLite | None = None) -> SketchToPhoto:
        return SketchToPhoto(self, features or efficientnet_lite("lite0"), examples)

    def augment_input(self) -> Callable[[Tensor, np.random.Generator], Tensor] | None:
        return roughen if self.roughen else None


class StyleEncoder(nn.Module):
    """Reads the code of a photo: E of BicycleGAN (section 3.2).

    Shape: (N, 3, H, W) in [-1, 1], sides multiples of 64 -> mean and log variance of the code, (N, code) each.
    """

    def __init__(self, code: int = 8, width: int = 24):
        super().__init__()
        widths = [width, 2 * width, 4 * width, 4 * width]
        self.stem = nn.Conv2d(3 * 16, width, 3, padding=1)
        self.blocks = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in zip(widths, widths[1:], strict=False))
        self.head = nn.Linear(widths[-1], 2 * code)

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        h = self.stem(F.pixel_unshuffle(photo, 4))
        for i, block in enumerate(self.blocks):
            h = block(h)
            if i < len(self.shrink):
                h = self.shrink[i](h)
        mean, log_variance = self.head(silu(h).mean((2, 3))).chunk(2, 1)
        return mean, log_variance.clamp(-8, 4)


class SketchGenerator(nn.Module, PyTorchModelHubMixin):
    """A drawing and a code to a photo: a residual U-Net that works from a quarter of the resolution down.

    Lines are thin and paper is empty, so nothing is lost behind a pixel-unshuffle by 4. Beside lines it is shown where
    the paper around them reaches (`strokes.outside`, with three widths of gaps closed): whether a place is within the
    thing or beside it depends on lines far away. The code modulates every block of the decoder. The encoder of codes is
    part of the network, since a style can be read off a reference photo when serving.

    Codes of training photos do not fill a normal distribution evenly: between those of black and of brown leather lie
    others that no photo has, and a photo made with such a code is grey. So "another one" is not drawn from N(0, 1) but
    from `bank`, the codes of the last photos seen in training.

    Args:
        widths: channels at 1/4, 1/8, ... of the resolution.
        code: length of the code.
        fine: channels at half the resolution.
        bank: how many codes are kept.
        drawing: what goes in, "lines" (dark on light) or "labels" (coloured areas); for the predictor.
        smooth: enlarge bilinearly, which is nearest-neighbour enlarging and a blur of [1, 3, 3, 1] (Zhang, ICML 2019),
            in place of pixel shuffles and nearest neighbours, whose cells show as a weave on plain surfaces.
        paper: the things lie on white paper, which stays white around a closed outline; for the predictor.

    Shape: (N, in_channels, H, W), (N, code) -> (N, 3, H, W) in [-1, 1]; sides are multiples of `self.stride`.
    """

    bank: Tensor

    def __init__(
        self,
        in_channels: int = 3,
        widths: Sequence[int] = (48, 96, 160, 184, 184),
        code: int = 8,
        fine: int = 16,
        bank: int = 1024,
        drawing: str = "lines",
        smooth: bool = False,
        paper: bool = True,
    ):
        super().__init__()
        self.register_buffer("bank", torch.randn(bank, code))
        self.smooth, self.paper = smooth, paper
        self.drawing = drawing
        widths = list(widths)
        self.code = code
        self.stride = 4 * 2 ** (len(widths) - 1)
        steps = list(zip(widths, widths[1:], strict=False))
        extra = len(FLOODS) if drawing == "lines" else 0
        self.stem = nn.Conv2d(16 * in_channels + extra, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in steps)
        self.merge = nn.ModuleList(nn.Conv2d(a + b, a, 1) for a, b in steps)
        self.decoder = nn.ModuleList(StyledBlock(w, code) for w in widths)
        self.fine = nn.Conv2d(widths[0], fine, 3, padding=1)
        self.fine_block = StyledBlock(fine, code)
        self.norm = nn.BatchNorm2d(fine, momentum=0.05)
        self.expand = nn.Conv2d(fine, (1 if smooth else 4) * (fine // 2), 3, padding=1)
        self.head = nn.Conv2d(fine // 2, 3, 3, padding=1)
        self.style_encoder = StyleEncoder(code)

    def forward(self, drawing: Tensor, code: Tensor) -> Tensor:
        h = F.pixel_unshuffle(drawing, 4)
        if self.drawing == "lines":
            h = torch.cat([h, self._floods(drawing)], 1)
        h = self.stem(h)
        skips = []
        for i, level in enumerate(self.encoder):
            h = level(h)  # (N, widths[i], H / 2**(i+2), W / 2**(i+2))
            if i < len(self.shrink):
                skips.append(h)
                h = self.shrink[i](h)
        h = self.decoder[-1](h, code)
        for i in reversed(range(len(self.merge))):
            h = self.decoder[i](merge_upsampled(self.merge[i], h, skips.pop(), self.smooth), code)  # type: ignore[arg-type]
        h = self.fine(enlarged_twice(h, self.smooth))
        h = silu(self.norm(self.fine_block(h, code)))  # (N, fine, H/2, W/2)
        h = self.expand(enlarged_twice(h, True)) if self.smooth else F.pixel_shuffle(self.expand(h), 2)
        return torch.tanh(self.head(silu(h)))

    @staticmethod
    @torch.no_grad()
    def _floods(drawing: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, len(FLOODS), H / 4, W / 4), 1 outside."""
        size, ink = [s // 4 for s in drawing.shape[2:]], to_ink(drawing.float())
        maps = [outside(ink, max(2, size[0] // k)) for k in FLOODS]
        return torch.cat([F.interpolate(m, size, mode="nearest") for m in maps], 1).to(drawing.dtype)

    def encode(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the code of a photo, see `StyleEncoder`."""
        return self.style_encoder(photo)

    def draw_codes(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (count, code) of photos seen in training, each moved a little so that no two seeds agree."""
        chosen = torch.randint(len(self.bank), (count,), generator=generator)
        return self.bank[chosen.to(self.bank.device)] + JITTER * torch.randn(count, self.code, generator=generator).to(
            self.bank
        )

    @torch.no_grad()
    def remember(self, codes: Tensor) -> None:
        """Put the codes (n, code) of photos just seen into the bank, in place of the oldest."""
        self.bank.copy_(torch.cat([codes.to(self.bank), self.bank[: len(self.bank) - len(codes)]]))


class SketchToPhoto(CodedSystem):
    """One step of both halves at once, and of D.

    The discriminator and the frozen features see the picture at `JUDGED_SIDE`: what they judge is there, at a quarter
    of the cost of 256 px.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: fixed pairs {"input", "target"} (N, 3, H, W) for the sample grids.
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: SketchRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.game = ProjectedGame(self, features)
        discriminator = ProjectedDiscriminator(features.channels, 1 if recipe.drawing == "lines" else 3)
        self.networks = {"generator": recipe.network(), "discriminator": discriminator}
        self.frozen = (features,)
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        drawing, photo = (batch[k].contiguous(memory_format=torch.channels_last) for k in ("input", "target"))
        if progress > self.recipe.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        small = self.looked_at(photo)
        fake, others, losses = self._painted(drawing, small)
        fake_small, known = F.avg_pool2d(fake, photo.shape[-1] // small.shape[-1]), len(photo) - len(others)
        # One augmented view of the two serves both game and feature distance: frozen features cost a third of a step.
        close = progress > self.recipe.closeups_after and bool(torch.rand(()) < 0.5)
        *pictures, ink = self._seen(photo, fake, drawing, close)
        views, inks = augment_pair(torch.cat(pictures), torch.cat([ink, ink]), self.recipe.augment, tied=2)
        inks = inks.detach()  # cut from the same tensor as the views
        truth, features = self.game.look(views[: len(photo)], views[len(photo) :])
        losses["d"] = self.game.play(truth, features, inks).loss
        losses["l1"] = F.l1_loss(fake[:known], photo[:known])
        losses["background"] = ((fake_small - small).abs() * white_around(small)).mean()
        losses["latent"] = self._latent_error(fake_small[known:], others) if len(others) else fake.new_zeros(())
        ours, theirs = ([f[:known].float() for f in maps[:3]] for maps in (features, truth))
        losses["feature"] = feature_distance(ours, theirs)
        losses["g"] = self.game.cost(features, inks[len(photo) :])
        self._generator_step(losses)
        return losses

    def _painted(self, drawing: Tensor, photo: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Photos of the drawings, the first half with the codes of their own; the codes of the others; and the KL."""
        known, generator = max(1, len(photo) // 2), self.plain("generator")
        with self.accelerator.autocast():
            mean, log_variance = self.call("generator", "encode", photo[:known])
            mean, log_variance = mean.float(), log_variance.float()
            own = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
            others = generator.draw_codes(len(photo) - known)  # type: ignore[operator]
            fake = self.networks["generator"](drawing, torch.cat([own, others])).float()
        generator.remember(self.accelerator.gather(own))  # type: ignore[operator]  # those of all processes
        return fake, others, {"kl": kl_divergence(mean, log_variance)}

    def _generator_step(self, losses: dict[str, Tensor]) -> None:
        r = self.recipe
        weights = {
            "l1": r.l1_weight,
            "background": r.background_weight,
            "kl": r.kl_weight,
            "latent": r.latent_weight,
            "feature": r.feature_weight,
            "g": r.adversarial_weight,
        }
        self.update("generator", torch.stack([w * losses[k] for k, w in weights.items()]).sum())

    def _seen(self, photo: Tensor, fake: Tensor, drawing: Tensor, close: bool) -> tuple[Tensor, Tensor, Tensor]:
        """What is judged: photo, fake and the condition at `JUDGED_SIDE`, the whole of them or a part from close by."""
        side = photo.shape[-1]
        lines = self.recipe.drawing == "lines"
        condition = to_ink(drawing) if lines else drawing
        if bool(torch.rand(()) < self.recipe.enlarged) if self.recipe.enlarged else False:
            return self._enlarged(photo, fake, condition)
        if close and side > JUDGED_SIDE:
            top, left = (int(torch.randint(0, side - JUDGED_SIDE + 1, ())) for _ in range(2))
            cut = (..., slice(top, top + JUDGED_SIDE), slice(left, left + JUDGED_SIDE))
            return photo[cut], fake[cut], condition[cut]
        factor = max(1, side // JUDGED_SIDE)
        pool = F.max_pool2d if lines else F.avg_pool2d  # thin lines must not fade
        return F.avg_pool2d(photo, factor), F.avg_pool2d(fake, factor), pool(condition, factor)

    @staticmethod
    def _enlarged(*pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A part of half of `JUDGED_SIDE`, twice as large: frozen features see little that is 2 to 4 px wide."""
        side, part = pictures[0].shape[-1], JUDGED_SIDE // 2
        top, left = (int(torch.randint(0, side - part + 1, ())) for _ in range(2))
        a, b, c = (p[..., top : top + part, left : left + part] for p in pictures)
        return enlarged_twice(a, True), enlarged_twice(b, True), enlarged_twice(c)

    def looked_at(self, photo: Tensor) -> Tensor:
        return F.avg_pool2d(photo, max(1, photo.shape[-1] // JUDGED_SIDE))
