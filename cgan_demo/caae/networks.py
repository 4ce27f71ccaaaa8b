"""Networks of the conditional adversarial autoencoder: Zhang, Song, Qi, *Age Progression/Regression by Conditional
Adversarial Autoencoder*, CVPR 2017, and the ones of our own that the bundled weights use.

Faces are NCHW float tensors, RGB in [-1, 1], square. Ages are (N,) in years, genders (N,) from 0 male to 1 female.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import ResidualBlock, StyledBlock, init_gan_weights, silu
from .ages import LABELS, labels


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


class FaceAger(nn.Module, PyTorchModelHubMixin):
    """Our serving network: a spatial code, and a decoder whose every block is modulated by age and gender.

    The paper's 50 numbers cannot say who somebody is. Here the code is a small map, so that it can say where things
    are, and beside it a narrow one at a quarter of the face's size, which keeps features sharp and in their place, as
    in Yao et al., *High Resolution Face Age Editing*, ICPR 2020. Reading both costs one pass of the encoder; while a
    slider is dragged only the decoder runs.

    Args:
        widths: channels at 1/2, 1/4, ... of the face; the code lies at the last of these sizes.
        code: channels of the code.
        fine: channels of the fine code; 0 for none.
        label: width of the vector that modulates the decoder.

    Shape: `encode` (N, 3, H, W) -> (N, code + fine * s * s, H / 2**n, W / 2**n) in [-1, 1], n being len(widths) and s
        2**(n - 2): the fine code's s x s pixels are laid behind one another; `decode` that, ages, genders ->
        (N, 3, H, W).
    """

    def __init__(self, widths: Sequence[int] = (40, 80, 128, 192), code: int = 32, fine: int = 0, label: int = 64):
        super().__init__()
        widths = list(widths)
        self.code, self.fine, self.finer = code, fine, 2 ** (len(widths) - 2)
        steps = list(zip(widths, widths[1:], strict=False))
        self.stem = nn.Conv2d(12, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in steps)
        self.to_code = nn.Conv2d(widths[-1], code, 3, padding=1)
        if fine:
            self.to_fine, self.from_fine = (
                nn.Conv2d(*io, 3, padding=1) for io in ((widths[1], fine), (fine, widths[1]))
            )
        self.embed = nn.Sequential(nn.Linear(LABELS, label), nn.SiLU(), nn.Linear(label, label), nn.SiLU())
        self.from_code = nn.Conv2d(code, widths[-1], 3, padding=1)
        self.middle = StyledBlock(widths[-1], label)
        self.decoder = nn.ModuleList(StyledBlock(w, label) for w in widths)
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.norm = nn.BatchNorm2d(widths[0], momentum=0.05)
        self.expand = nn.Conv2d(widths[0], 4 * (widths[0] // 2), 3, padding=1)
        self.head = nn.Conv2d(widths[0] // 2, 3, 3, padding=1)

    def encode(self, face: Tensor) -> Tensor:
        h = self.stem(F.pixel_unshuffle(face, 2))
        for i, block in enumerate(self.encoder):
            h = block(h)  # (N, widths[i], H / 2**(i+1), W / 2**(i+1))
            if self.fine and i == 1:
                fine = F.pixel_unshuffle(self.to_fine(F.silu(h)), self.finer)
            if i < len(self.shrink):
                h = self.shrink[i](h)
        code = self.to_code(silu(h))
        return torch.tanh(torch.cat([code, fine], 1) if self.fine else code)

    def decode(self, code: Tensor, ages: Tensor, genders: Tensor) -> Tensor:
        label = self.embed(labels(ages, genders).to(code.dtype))
        h = self.middle(self.from_code(code[:, : self.code]), label)
        for i in reversed(range(len(self.decoder))):
            if self.fine and i == 1:
                h = h + self.from_fine(F.pixel_shuffle(code[:, self.code :], self.finer))
            h = self.decoder[i](h, label)
            if i:
                h = F.interpolate(self.grow[i - 1](h), scale_factor=2.0, mode="nearest")
        h = F.pixel_shuffle(self.expand(silu(self.norm(h))), 2)  # (N, widths[0] / 2, H, W)
        return torch.tanh(self.head(silu(h)))

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


class LabelReader(nn.Module):
    """Reads age group and gender off frozen features: the teacher of the bundled recipe, trained on true faces only.

    Shape: feature maps (N, channels[i], h_i, w_i) -> logits of the ten groups (N, 10) and of the genders (N, 2).
    """

    def __init__(self, channels: Sequence[int], width: int = 128):
        super().__init__()
        self.project = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels[-2:])
        self.hidden = nn.Sequential(nn.SiLU(), nn.Conv2d(width, width, 3, padding=1), nn.SiLU())
        self.out = nn.Linear(width, LABELS)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        fine, coarse = (project(f) for project, f in zip(self.project, features[-2:], strict=True))
        h = fine + F.interpolate(coarse, fine.shape[2:], mode="nearest")
        logits = self.out(self.hidden(h).mean((2, 3)))
        return logits[:, :-2], logits[:, -2:]
