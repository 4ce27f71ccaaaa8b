"""The networks that are served: sentence and noise to picture, and picture to noise.

Pictures are NCHW float tensors, RGB in [-1, 1], square. Noise is (N, NOISE) from a normal distribution, sentence
vectors are (N, 256) from `encoder.TextEncoder`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import silu
from .encoder import SIZE, JointEmbedding, TextEncoder
from .paper import PaperGenerator

NOISE = 100  # numbers of z, as in the paper
COMPRESSED = 128  # phi is brought to this width before it meets z, as in the paper


class Modulated(nn.Module):
    """Batch normalisation whose gain and shift are affine functions of a code.

    Shape: (N, channels, H, W), (N, code) -> (N, channels, H, W).
    """

    def __init__(self, channels: int, code: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, momentum=0.05, affine=False)
        self.affine = nn.Linear(code, 2 * channels)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        gain, shift = self.affine(code)[:, :, None, None].chunk(2, 1)
        return torch.addcmul(shift, self.norm(x), 1 + gain)


class TextBlock(nn.Module):
    """A residual block in which the sentence scales and shifts every channel before each convolution.

    As in Tao et al., *DF-GAN*, CVPR 2022, section 3.3, with batch normalisation before the affine maps.

    Shape: (N, inner, H, W), (N, code) -> (N, outer, H, W).
    """

    def __init__(self, inner: int, outer: int, code: int):
        super().__init__()
        self.first, self.second = Modulated(inner, code), Modulated(outer, code)
        self.conv1, self.conv2 = nn.Conv2d(inner, outer, 3, padding=1), nn.Conv2d(outer, outer, 3, padding=1)
        self.skip = nn.Conv2d(inner, outer, 1, bias=False) if inner != outer else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        h = self.conv1(silu(self.first(x, code)))
        return self.conv2(silu(self.second(h, code))) + self.skip(x)


class TextGenerator(nn.Module, PyTorchModelHubMixin):
    """Our G: noise makes the first map; noise and compressed sentence make a code that modulates every block.

    Args:
        size: side of the pictures in px, 64 or 128.
        widths: channels of the blocks at 4, 8, 16, ... px; as many are used as the size needs.
        code: width of the code.

    Shape: noise (N, 100), sentence (N, 256) -> (N, 3, size, size).
    """

    def __init__(self, size: int = 64, widths: Sequence[int] = (224, 224, 160, 96, 64, 32), code: int = 128):
        super().__init__()
        if size not in (64, 128):
            raise ValueError(f"size is 64 or 128, not {size}.")
        self.size = size
        widths = list(widths)[: 5 if size == 64 else 6]
        self.compress = nn.Sequential(nn.Linear(SIZE, COMPRESSED), nn.LeakyReLU(0.2))
        self.mix = nn.Sequential(nn.Linear(NOISE + COMPRESSED, code), nn.SiLU(), nn.Linear(code, code), nn.SiLU())
        self.start = nn.Linear(NOISE, 16 * widths[0])
        inners = [widths[0], *widths[:-1]]
        self.blocks = nn.ModuleList(TextBlock(a, b, code) for a, b in zip(inners, widths, strict=True))
        self.heads = nn.ModuleList(nn.Conv2d(width, 3, 3, padding=1) for width in widths[4:])
        for head in self.heads[1:]:  # a larger picture begins as the smaller one enlarged
            for parameter in head.parameters():
                nn.init.zeros_(parameter)

    def forward(self, noise: Tensor, sentence: Tensor) -> Tensor:
        code = self.mix(torch.cat([noise, self.compress(sentence)], 1))
        h = self.start(noise).view(len(noise), -1, 4, 4)
        rgb: Tensor | None = None
        for i, block in enumerate(self.blocks):
            h = block(F.interpolate(h, scale_factor=2.0, mode="nearest") if i else h, code)
            if i >= 4:  # from 64 px on
                here = self.heads[i - 4](F.silu(h))
                rgb = here if rgb is None else here + F.interpolate(rgb, scale_factor=2.0, mode="bilinear")
        return torch.tanh(rgb)  # type: ignore[arg-type]


class StyleEncoder(nn.Module, PyTorchModelHubMixin):
    """S: reads off a picture the noise that the generator would make its style of, whatever the sentence.

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


GENERATORS: dict[str, type[nn.Module]] = {"TextGenerator": TextGenerator, "PaperGenerator": PaperGenerator}


class TextToImage(nn.Module, PyTorchModelHubMixin):
    """Everything that a typed sentence needs: the text encoder, the generator, and the style encoder.

    Args:
        words: the vocabulary, in the order of its numbers.
        reader: arguments of `TextEncoder` beside them.
        generator: the generator's class, a key of `GENERATORS`; painter: its arguments.
        style: arguments of `StyleEncoder`; None for none.

    Shape: tokens (N, L, 1 + P), noise (N, 100) -> (N, 3, size, size).
    """

    def __init__(
        self,
        words: Sequence[str],
        reader: dict[str, Any] | None = None,
        generator: str = "TextGenerator",
        painter: dict[str, Any] | None = None,
        style: dict[str, Any] | None = None,
    ):
        super().__init__()
        self.encoder = TextEncoder(words, **(reader or {}))
        self.generator = GENERATORS[generator](**(painter or {}))
        self.style = StyleEncoder(**style) if style is not None else None

    def forward(self, tokens: Tensor, noise: Tensor) -> Tensor:
        return self.generator(noise, self.encoder(tokens))


def _arguments(network: Any) -> dict[str, Any]:
    """What a network of the Hub mixin was built with."""
    return dict(network._hub_mixin_config)


def assembled(read_by: JointEmbedding | TextToImage, generator: Any) -> TextToImage:
    """A model of a generator and the text encoder on whose vectors it was trained: an embedding's, or a model's."""
    known = _arguments(read_by)
    if isinstance(read_by, TextToImage):
        encoder, reader = read_by.encoder, known["reader"]
    else:
        encoder, reader = read_by.text, {name: known[name] for name in ("buckets", "width", "hidden")}
    whole = TextToImage(known["words"], reader, type(generator).__name__, _arguments(generator))
    whole.encoder.load_state_dict(encoder.state_dict())
    whole.generator.load_state_dict(generator.state_dict())
    return whole.eval()


def with_style(whole: TextToImage, style: StyleEncoder) -> TextToImage:
    """The same model with a style encoder that was trained against its generator."""
    styled = TextToImage(**{**_arguments(whole), "style": _arguments(style)})
    styled.load_state_dict(whole.state_dict() | {f"style.{k}": v for k, v in style.state_dict().items()})
    return styled.eval()
