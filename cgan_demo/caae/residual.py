"""A network that changes a photo instead of drawing it anew: what moves, and what is added.

Zoss et al., *Production-Ready Face Re-Aging for Visual Effects* (FRAN), SIGGRAPH Asia 2022, add what a U-Net paints to
the photo; a flow beside it lets the outline, the eyes and the jaw move, as ageing below 15 years does.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..data.alignment import LEFT_EYE, RIGHT_EYE
from ..layers import ResidualBlock, StyledBlock, silu
from .ages import LABELS, labels

REACH = 0.12  # of the side: how far a place can move
EYE = (0.075, 0.05)  # half the width and height of an eye, as shares of the side
EYES_KEPT = 0.85  # share of what is painted on an eye's middle that is left out
FADE = 0.28  # of half the side: over which a change fades out towards the border


class ResidualAger(nn.Module, PyTorchModelHubMixin):
    """warp(photo, flow) + delta, flow and delta by a U-Net whose decoder is modulated by the age and gender asked for.

    The encoder does not know what is asked: a dragged slider costs the decoder only.

    Args:
        widths: channels at 1/2, 1/4, ... of the face.
        fine: channels at the face's own resolution.
        label: width of the vector that modulates the decoder.

    Shape: (N, 3, H, W) in [-1, 1], ages (N,) in years, genders (N,) from 0 male to 1 female -> what
        `change` gives, to be `applied`; H and W multiples of `stride`.
    """

    def __init__(self, widths: Sequence[int] = (32, 64, 128, 192, 192), fine: int = 16, label: int = 64):
        super().__init__()
        widths = list(widths)
        self.stride = 2 ** len(widths)
        steps = list(zip(widths, widths[1:], strict=False))
        self.stem = nn.Conv2d(12, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in steps)
        self.embed = nn.Sequential(nn.Linear(LABELS, label), nn.SiLU(), nn.Linear(label, label), nn.SiLU())
        self.middle = StyledBlock(widths[-1], label)
        self.decoder = nn.ModuleList(StyledBlock(w, label) for w in widths[:-1])
        self.merge = nn.ModuleList(nn.Conv2d(a + b, a, 1) for a, b in steps)
        self.flow = nn.Sequential(nn.SiLU(), nn.Conv2d(widths[1], 2, 3, padding=1))
        self.expand = nn.Conv2d(widths[0], fine, 3, padding=1)
        self.fine = nn.Conv2d(fine + 3, fine, 3, padding=1)
        self.head = nn.Conv2d(fine, 3, 3, padding=1)
        for layer in (self.flow[1], self.head):  # it begins near the identity, but not so near that nothing is learned
            layer.weight.data.mul_(0.3)  # type: ignore[operator, union-attr]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def encode(self, face: Tensor) -> list[Tensor]:
        """The face, and what the decoder needs of it: maps (N, widths[i], H / 2**(i+1), W / 2**(i+1))."""
        h, maps = self.stem(F.pixel_unshuffle(face, 2)), [face]
        for i, block in enumerate(self.encoder):
            h = block(h)
            maps.append(h)
            if i < len(self.shrink):
                h = self.shrink[i](h)
        return maps

    def change(self, code: Sequence[Tensor], ages: Tensor, genders: Tensor) -> tuple[Tensor, Tensor]:
        """Flow (N, 2, H/4, W/4), shares of the side to the right and down, and delta (N, 3, H, W)."""
        face, *maps = code
        label = self.embed(labels(ages, genders).to(maps[-1].dtype))
        h, flow = self.middle(maps[-1], label), None
        for i in reversed(range(len(self.merge))):
            h = F.interpolate(h, scale_factor=2.0, mode="bilinear", align_corners=False)
            h = self.decoder[i](self.merge[i](torch.cat([h, maps[i]], 1)), label)
            if i == 1:
                flow = self.flow(h).float()
        assert flow is not None
        h = F.interpolate(self.expand(silu(h)), scale_factor=2.0, mode="bilinear", align_corners=False)
        delta = self.head(silu(self.fine(torch.cat([silu(h), face.to(h.dtype)], 1))))
        # The mean goes first: a shift of the whole would cost nothing, and drive the tanh to where it learns nothing.
        return REACH * torch.tanh(flow - flow.mean((2, 3), keepdim=True)), 2 * torch.tanh(delta.float())

    def forward(self, face: Tensor, ages: Tensor, genders: Tensor) -> tuple[Tensor, Tensor]:
        return self.change(self.encode(face), ages, genders)

    def decode(self, code: Sequence[Tensor], ages: Tensor, genders: Tensor) -> Tensor:
        """The face of a code at an age, (N, 3, H, W), at the size that was encoded; not clamped."""
        return applied(code[0], *self.change(code, ages, genders))


def faded(like: Tensor) -> Tensor:
    """Where a face may change, (1, 1, H, W): 1 in the middle, falling to 0 at the borders and in the corners.

    What lies behind a head does not grow old; and a face whose borders are the photo's own goes back into it without a
    seam.
    """
    ys, xs = (torch.linspace(-1, 1, n, device=like.device).abs() ** 3 for n in like.shape[2:])
    inside = ((1 - (ys[:, None] + xs) ** (1 / 3)) / FADE).clamp(0, 1)
    return (inside * inside * (3 - 2 * inside))[None, None]


def calmed(like: Tensor) -> Tensor:
    """How much may be painted, (1, 1, H, W): 1, but little on the eyes of an aligned face.

    They move and grow with the flow, and stay the person's own: a network that may paint them blackens a child's and
    reddens an old man's, since that tells their ages to readers of small pictures.
    """
    height, width = like.shape[2:]
    ys = torch.linspace(0, 1, height, device=like.device)[:, None]
    xs = torch.linspace(0, 1, width, device=like.device)
    held = torch.zeros(height, width, device=like.device)
    for x, y in (LEFT_EYE, RIGHT_EYE):
        held = torch.maximum(held, torch.exp(-(((xs - x) / EYE[0]) ** 2 + ((ys - y) / EYE[1]) ** 2)))
    return (1 - EYES_KEPT * held)[None, None]


def applied(photo: Tensor, flow: Tensor, delta: Tensor) -> Tensor:
    """A photo of any size, moved and painted upon where it is `faded` in: flow and delta are brought to its size.

    Shape: (N, 3, H, W), (N, 2, h, w), (N, 3, h', w') -> (N, 3, H, W), not clamped.
    """
    size = photo.shape[2:]
    if flow.shape[2:] != size:
        flow = F.interpolate(flow, size, mode="bilinear", align_corners=False)
    if delta.shape[2:] != size:
        delta = F.interpolate(delta, size, mode="bicubic", align_corners=False)
    share = faded(photo)
    return warped(photo.float(), share * flow) + share * calmed(photo) * delta


def warped(photo: Tensor, flow: Tensor) -> Tensor:
    """Each place shows what lies `flow` away, in shares of the side. (N, C, H, W), (N, 2, H, W) -> (N, C, H, W)."""
    height, width = photo.shape[2:]
    ys = torch.linspace(-1, 1, height, device=photo.device)[:, None].expand(height, width)
    xs = torch.linspace(-1, 1, width, device=photo.device).expand(height, width)
    grid = torch.stack([xs, ys], -1) + 2 * flow.permute(0, 2, 3, 1)
    return F.grid_sample(photo, grid, mode="bilinear", padding_mode="border", align_corners=True)


def repeated(code: Tensor | Sequence[Tensor], count: int) -> Tensor | list[Tensor]:
    """The code of one face, `count` times, without copying it."""
    if isinstance(code, Tensor):
        return code.expand(count, *code.shape[1:])
    return [part.expand(count, *part.shape[1:]) for part in code]
