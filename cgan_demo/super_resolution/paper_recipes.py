"""The papers' own recipes of super-resolution, frozen.

Ledig et al., *Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network*, CVPR 2017;
Zhang, Wang, Lin, Qi, *Image Super-Resolution by Neural Texture Transfer*, CVPR 2019. What a paper leaves open is taken
from its authors' public code where there is such, and said so.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import Checked, multiple
from ..errors import InputError


@dataclass(frozen=True)
class SRResNetRecipe(Checked):
    """SRResNet: mean squared error of pixels in [-1, 1] (Ledig et al., equation 4 and section 3.2).

    The paper trains for a million steps at one learning rate, on ImageNet; it gives low resolution to the network in
    [0, 1], we in [-1, 1]. It states the first of Adam's betas alone; the second is Adam's own.

    width, blocks: of the generator. side: px of the patches at high resolution.
    """

    width: int = 64
    blocks: int = 16
    side: int = 96
    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    batch: int = 16
    ema_half_life: float = 0.0
    precision: str = "no"


@dataclass(frozen=True)
class SRGANRecipe(SRResNetRecipe):
    """SRGAN (Ledig et al., equations 3, 5 and 6), which begins with a trained SRResNet: give it with --warm-start.

    loss of G = content loss on VGG-19 + adversarial_weight * -log D(G) + total_variation_weight * TV.

    The paper trains for a hundred thousand steps and as many at a tenth of the learning rate.

    content: the layer phi_{i,j}, "relu{i}_{j}": "relu5_4" is the paper's SRGAN-VGG54, "relu2_2" its SRGAN-VGG22.
    feature_scale: what features are multiplied by, which makes the loss about as large as that of pixels. The paper
        does not say what its VGG-19 takes; ours takes what torchvision's does.
    total_variation_weight: 2e-8 in the paper's first versions, in the last there is none.
    critic_width: channels of D's first convolution.
    """

    content: str = "relu5_4"
    feature_scale: float = 1 / 12.75
    adversarial_weight: float = 1e-3
    total_variation_weight: float = 0.0
    critic_width: int = 64

    def check(self) -> None:
        multiple("side", self.side, 16)
        _looked_at(self.content)


@dataclass(frozen=True)
class SRNTTRecipe(Checked):
    """SRNTT (Zhang et al., 2019).

    loss of G = reconstruction_weight * L1 + perceptual_weight * perceptual loss + adversarial_weight * WGAN-GP +
    texture_weight * texture loss, all but the first after the warm-up.

    The paper says neither batch nor patches nor the sizes of its networks; they are its authors' code's, as is the
    warm-up of 5 epochs among 55. The critic is SRGAN's without batch norms, one step of it for one of the generator;
    the paper leaves both open. What else it leaves open is said where it is made: `paper` and `paper_training`.

    width, blocks, merges: see `paper.SRNTT`. side: px of the patches at high resolution.
    content: the layer of VGG-19 that the perceptual loss looks at.
    gradient_penalty: see `objectives.WassersteinGP`. critic_width: channels of the critic's first convolution.
    warm_up: progress before which L1 alone counts.
    shares: pairs, parts of the same photo, strangers; see `dataset.ReferencePatches`. The paper's pairs are photos of
        one event; without pairs in the data, parts of the same photo take their place.
    """

    width: int = 64
    blocks: int = 16
    merges: tuple[int, int, int] = (16, 8, 4)
    side: int = 160
    content: str = "relu5_1"
    reconstruction_weight: float = 1.0
    perceptual_weight: float = 1e-4
    adversarial_weight: float = 1e-6
    texture_weight: float = 1e-4
    gradient_penalty: float = 10.0
    critic_width: int = 32
    warm_up: float = 5 / 55
    shares: tuple[float, float, float] = (1.0, 0.0, 0.0)
    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    batch: int = 9
    ema_half_life: float = 0.0
    precision: str = "no"

    def check(self) -> None:
        multiple("side", self.side, 16)
        _looked_at(self.content)


def _looked_at(content: str) -> None:
    """Refuse what is no layer of VGG-19.

    Raises:
        InputError: it is none.
    """
    from ..features import vgg19_layers

    names = [name for name, _, _ in vgg19_layers()]
    if content not in names:
        raise InputError(
            f"VGG-19 has no layer {content!r} to look at: they are called {names[0]}, {names[1]}, ..., pool5."
        )


PaperRecipe = SRResNetRecipe | SRGANRecipe | SRNTTRecipe
PAPERS: dict[str, PaperRecipe] = {"srresnet": SRResNetRecipe(), "srgan": SRGANRecipe(), "srntt": SRNTTRecipe()}
