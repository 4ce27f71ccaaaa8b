"""Networks of the sketch models: BicycleGAN (Zhu et al., *Toward Multimodal Image-to-Image Translation*, NIPS 2017) on
a light U-Net of our own.

All of them take and give NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import ResidualBlock, StyledBlock, enlarged_twice, merge_upsampled, silu
from .strokes import outside, to_ink

FLOODS = (1, 2, 4)  # cells of the grids on which the outside is found, in units of 4 px
JITTER = 0.1  # standard deviation added to a remembered code


class StyleEncoder(nn.Module):
    """Reads the code of a photo: E of BicycleGAN.

    Zhu et al., *Toward Multimodal Image-to-Image Translation*, NIPS 2017.

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
