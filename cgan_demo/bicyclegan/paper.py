"""BicycleGAN as published: Zhu, Zhang, Pathak, Darrell, Efros, Wang, Shechtman, *Toward Multimodal Image-to-Image
Translation*, NIPS 2017.

Two ways round, of one generator G and one encoder E: cVAE-GAN, B -> z -> B (section 3.2), codes a photo and has it
made again; cLR-GAN, z -> B -> z (section 3.3), makes a photo of a random code and has the code read back.

Networks take and give NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from ..checks import integer, multiple
from ..features import EfficientNetLite
from ..layers import init_gan_weights, make_norm
from ..objectives import LeastSquares
from ..pix2pix.paper import PatchDiscriminator, UNetGenerator
from ..training.report import interleave
from ..training.system import System, adam
from .drawn import DrawnRecipe

PATCH, SCALES = 70, 2  # the second discriminator sees the picture at half its size: 140 px
WAYS = ("vae", "lr")  # each has discriminators of its own, which section 4 found better than shared ones


@dataclass(frozen=True)
class BicycleGANRecipe(DrawnRecipe):
    """The paper's method, equation 10 and section 4.

    width, depth, norm: of the U-Net and, in its first convolution, of the encoder; see `pix2pix.paper.UNetGenerator`.
    code: length of z. l1_weight, latent_weight, kl_weight: lambda, lambda_latent and lambda_KL of equation 10.
    drawing: "lines" or "labels", what goes in. paper: things lie on white; both are for the predictor.
    load_size, crop, scale: side in px of the cached pictures, of the training crops, and range of zoom.
    reverse: the right-hand picture of a pair is the input.
    """

    width: int = 64
    depth: int = 8
    code: int = 8
    norm: str = "instance"
    discriminator_width: int = 64
    drawing: str = "lines"
    paper: bool = True
    l1_weight: float = 10.0
    latent_weight: float = 0.5
    kl_weight: float = 0.01
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
    reverse: bool = False

    def check(self) -> None:
        integer("depth", self.depth, 2, 12)
        integer("length of the code", self.code, 1, 512)
        multiple("crop", self.crop, 2**self.depth, f"the generator halves it {self.depth} times")
        integer("crop", self.crop, 64, 8192)  # half of it is judged in patches, too
        super().check()

    def network(self) -> BicycleGenerator:
        return BicycleGenerator(self.width, self.depth, self.code, self.norm, self.drawing, self.paper)

    def system(self, examples: dict[str, Tensor], features: EfficientNetLite | None = None) -> BicycleGAN:
        return BicycleGAN(self, examples)


class Encoder(nn.Module):
    """E: four residual blocks that halve the picture, and two linear layers (section 4, E_ResNet).

    Shape: (N, 3, H, W) in [-1, 1], sides of at least 32 -> mean and log variance of the code, (N, code) each.
    """

    def __init__(self, code: int, width: int, norm: str):
        super().__init__()
        widths = [width * min(i, 4) for i in range(1, 6)]
        self.stem = nn.Conv2d(3, width, 4, 2, 1)
        pairs = list(zip(widths, widths[1:], strict=False))
        self.blocks = nn.ModuleList(
            nn.Sequential(
                make_norm(norm, a),
                nn.LeakyReLU(0.2),
                nn.Conv2d(a, a, 3, padding=1),
                nn.LeakyReLU(0.2),
                nn.Conv2d(a, b, 3, padding=1),
                nn.AvgPool2d(2),
            )
            for a, b in pairs
        )
        self.shortcuts = nn.ModuleList(nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(a, b, 1)) for a, b in pairs)
        self.mean, self.log_variance = (nn.Linear(widths[-1], code) for _ in range(2))
        init_gan_weights(self)

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        h = self.stem(photo)
        for block, shortcut in zip(self.blocks, self.shortcuts, strict=True):
            h = block(h) + shortcut(h)
        h = F.leaky_relu(h, 0.2).mean((2, 3))
        return self.mean(h), self.log_variance(h)


class BicycleGenerator(nn.Module, PyTorchModelHubMixin):
    """G and E: pix2pix's U-Net, at whose input the code stands beside every pixel (section 4, "add to input").

    Args: see `BicycleGANRecipe`.

    Shape: (N, 3, H, W), (N, code) -> (N, 3, H, W) in [-1, 1]; sides are multiples of `self.stride`.
    """

    def __init__(
        self,
        width: int = 64,
        depth: int = 8,
        code: int = 8,
        norm: str = "instance",
        drawing: str = "lines",
        paper: bool = True,
    ):
        super().__init__()
        self.code, self.drawing, self.paper, self.stride = code, drawing, paper, 2**depth
        self.unet = UNetGenerator(3 + code, 3, width, depth, norm=norm, dropout=0.0)
        self.style_encoder = Encoder(code, width, norm)

    def forward(self, drawing: Tensor, code: Tensor) -> Tensor:
        beside = code[:, :, None, None].expand(-1, -1, *drawing.shape[2:])
        return self.unet(torch.cat([drawing, beside.to(drawing)], 1))

    def encode(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the code of a photo, Q(z | B), (N, code) each."""
        return self.style_encoder(photo)

    def draw_codes(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (count, code) from N(0, 1), the prior that the KL term ties photos' codes to."""
        return torch.randn(count, self.code, generator=generator).to(self.style_encoder.mean.weight)


class TwoScales(nn.Module):
    """D at two scales, not shown the input, which section 4 found better. Shape: (N, 3, H, W) -> logits of each."""

    def __init__(self, width: int, norm: str):
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(3, 0, PATCH, width, norm) for _ in range(SCALES))

    def forward(self, photo: Tensor) -> list[Tensor]:
        return [net(F.avg_pool2d(photo, 2**i) if i else photo) for i, net in enumerate(self.scales)]


class CodedSystem(System):
    """What trainings of a generator with an encoder of codes share, here and in `light`.

    examples: fixed pairs {"input", "target"} (N, 3, H, W) for the sample grids.
    """

    examples: dict[str, Tensor]

    def looked_at(self, photo: Tensor) -> Tensor:
        """A photo (N, 3, H, W) at the size at which codes are read off it."""
        return photo

    def _latent_error(self, fake: Tensor, code: Tensor) -> Tensor:
        """Equation 7: L1 between another photo's code and what E, held fixed, reads off the picture made with it.

        Were E to learn from this too, it and G could agree on hiding the code in invisible dots.
        """
        encoder = self.plain("generator").style_encoder
        fixed = {name: value.detach() for name, value in encoder.named_parameters()}  # type: ignore[union-attr]
        with self.accelerator.autocast():
            mean, _ = functional_call(encoder, fixed, (fake,))  # type: ignore[arg-type]
        return F.l1_loss(mean.float(), code)

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Rows of drawing | two other photos' codes | the photo's own code | photo."""
        device = self.accelerator.device
        drawing, photo = self.examples["input"].to(device), self.examples["target"].to(device)
        rng = torch.Generator().manual_seed(0)
        outputs = [generator(drawing, generator.draw_codes(len(drawing), rng)) for _ in range(2)]  # type: ignore[operator]
        read_off = self.looked_at(photo)
        outputs.append(generator(drawing, generator.encode(read_off)[0]))  # type: ignore[operator]
        factor = photo.shape[-1] // read_off.shape[-1]
        pictures = [F.avg_pool2d(x.float().cpu(), factor) for x in (drawing, *outputs, photo)]
        return interleave(*pictures), 10


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)), summed over the code and averaged over the batch.

    Kingma and Welling, *Auto-Encoding Variational Bayes*, ICLR 2014, appendix B. Shape: (N, code) each -> ().
    """
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()


class BicycleGAN(CodedSystem):
    """Equation 10: arg min_{G,E} max_D of both GANs + lambda L1 + lambda_KL KL, and lambda_latent for G alone.

    Both halves are made of the same pairs.
    """

    def __init__(self, recipe: BicycleGANRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples, self.game = recipe, examples, LeastSquares()
        self.networks = {"generator": recipe.network()}
        for way in WAYS:
            self.networks[f"discriminator_{way}"] = TwoScales(recipe.discriminator_width, recipe.norm)
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, drawing, photo = self.recipe, batch["input"], batch["target"]
        with self.accelerator.autocast():
            mean, log_variance = self.call("generator", "encode", photo)
            own = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()  # the reparametrisation trick
            other = torch.randn_like(own)
            made = self.networks["generator"](drawing.repeat(2, 1, 1, 1), torch.cat([own, other])).float()
        fakes = dict(zip(WAYS, made.chunk(2), strict=True))
        losses = {f"d_{way}": self._discriminator_step(way, photo, fake.detach()) for way, fake in fakes.items()}
        losses |= {f"g_{way}": self._judged(way, fake) for way, fake in fakes.items()}
        losses["l1"] = F.l1_loss(fakes["vae"], photo)
        losses["kl"] = kl_divergence(mean.float(), log_variance.float())
        losses["latent"] = self._latent_error(fakes["lr"], other.float())
        adversarial = losses["g_vae"] + losses["g_lr"]
        tied = r.kl_weight * losses["kl"] + r.latent_weight * losses["latent"]
        self.update("generator", adversarial + r.l1_weight * losses["l1"] + tied)
        return losses

    def _discriminator_step(self, way: str, photo: Tensor, fake: Tensor) -> Tensor:
        net = self.networks[f"discriminator_{way}"].requires_grad_(True)
        with self.accelerator.autocast():
            real, made = net(photo), net(fake)
        pairs = zip(real, made, strict=True)
        loss = torch.stack([self.game.discriminator(a.float(), b.float()) for a, b in pairs]).mean()
        self.update(f"discriminator_{way}", loss)
        return loss

    def _judged(self, way: str, fake: Tensor) -> Tensor:
        """What D, held fixed, makes G and E pay."""
        net = self.plain(f"discriminator_{way}").requires_grad_(False)
        with self.accelerator.autocast():
            logits = net(fake)
        return torch.stack([self.game.generator(x.float()) for x in logits]).mean()
