"""The paper's own networks: Reed, Akata, Yan, Logeswaran, Schiele, Lee, *Generative Adversarial Text to Image
Synthesis*, ICML 2016, section 4.1 and figure 2: those of DCGAN, told the sentence.
"""

from __future__ import annotations

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ..layers import init_gan_weights
from .encoder import SIZE


def _compression(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(SIZE, width), nn.LeakyReLU(0.2))


class PaperGenerator(nn.Module, PyTorchModelHubMixin):
    """G(z, phi(t)): phi is compressed to 128 numbers and laid beside z; then a DCGAN generator to 64 px.

    Args:
        width: channels at 32 px; eight times as many at 4 px. noise: length of z. compressed: width phi is brought to.

    Shape: noise (N, 100), sentence (N, 256) -> (N, 3, 64, 64) in [-1, 1].
    """

    def __init__(self, width: int = 128, noise: int = 100, compressed: int = 128):
        super().__init__()
        self.size = 64
        self.compress = _compression(compressed)
        widths = [8 * width, 4 * width, 2 * width, width]
        layers: list[nn.Module] = [nn.ConvTranspose2d(noise + compressed, widths[0], 4, 1, 0, bias=False)]
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        init_gan_weights(self)

    def forward(self, noise: Tensor, sentence: Tensor) -> Tensor:
        code = torch.cat([noise, self.compress(sentence)], 1)  # (N, 228)
        return self.layers(code[:, :, None, None])


class PaperDiscriminator(nn.Module):
    """D(x, phi(t)): a DCGAN discriminator down to 4 px, where the compressed phi is replicated over the map.

    A 1x1 convolution joins the two, and a 4x4 one gives the score.

    Shape: (N, 3, 64, 64), (N, 256) -> logits (N, 1). `look` gives the map, so that one picture can be judged with
        several sentences; `judge` judges it.
    """

    def __init__(self, width: int = 64, compressed: int = 128):
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.compress = _compression(compressed)
        self.join = nn.Sequential(
            nn.Conv2d(widths[-1] + compressed, widths[-1], 1, bias=False), nn.BatchNorm2d(widths[-1]), nn.LeakyReLU(0.2)
        )
        self.out = nn.Conv2d(widths[-1], 1, 4)
        init_gan_weights(self)

    def look(self, picture: Tensor) -> Tensor:
        return self.layers(picture)  # (N, 8 * width, 4, 4)

    def judge(self, seen: Tensor, sentence: Tensor) -> Tensor:
        told = self.compress(sentence)[:, :, None, None].expand(-1, -1, *seen.shape[2:])
        return self.out(self.join(torch.cat([seen, told], 1))).flatten(1)

    def forward(self, picture: Tensor, sentence: Tensor) -> Tensor:
        return self.judge(self.look(picture), sentence)
