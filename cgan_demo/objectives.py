"""Training objectives as small callables: six adversarial ones, total variation, feature distances, Gram matrices.

Logits are raw discriminator outputs of any shape; every loss is a mean over them, to be minimised.
D is the discriminator's logit, sigma the logistic function, E the mean over real (x) or generated (y) samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Adversarial(Protocol):
    """The two sides of an adversarial game."""

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Loss of D from its logits on real and on generated samples."""
        ...

    def generator(self, fake: Tensor) -> Tensor:
        """Loss of G from D's logits on generated samples."""
        ...


class Minimax:
    """The original game: max_D min_G E[log sigma(D(x))] + E[log(1 - sigma(D(y)))].

    Goodfellow et al., *Generative Adversarial Nets*, NeurIPS 2014, equation 1. The generator's loss saturates
    where D is sure of itself, which is why `NonSaturating` exists.
    """

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -F.softplus(fake).mean()  # log(1 - sigma(D)) = -softplus(D)


class NonSaturating(Minimax):
    """Same D; G maximises E[log sigma(D(y))] instead (Goodfellow et al., 2014, section 3; pix2pix, 3.3)."""

    def generator(self, fake: Tensor) -> Tensor:
        return F.softplus(-fake).mean()


class LeastSquares:
    """LSGAN: 1/2 E[(D(x) - 1)^2] + 1/2 E[D(y)^2] and 1/2 E[(D(y) - 1)^2].

    Mao et al., *Least Squares Generative Adversarial Networks*, ICCV 2017, equation 9 (a=0, b=c=1).
    """

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return 0.5 * ((fake - 1) ** 2).mean()


class Wasserstein:
    """WGAN critic: E[D(y)] - E[D(x)] and -E[D(y)], D kept Lipschitz by clipping its weights to [-clip, clip].

    Arjovsky, Chintala, Bottou, *Wasserstein GAN*, ICML 2017, algorithm 1 (clip 0.01). Call `constrain` after
    every step of the critic.
    """

    def __init__(self, clip: float | None = 0.01):
        self.clip = clip

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()

    @torch.no_grad()
    def constrain(self, critic: nn.Module) -> None:
        if self.clip is not None:
            for p in critic.parameters():
                p.clamp_(-self.clip, self.clip)


class WassersteinGP(Wasserstein):
    """WGAN-GP: `Wasserstein` without clipping, plus `weight` times `gradient_penalty`.

    Gulrajani et al., *Improved Training of Wasserstein GANs*, NeurIPS 2017, equation 3 (weight 10).
    """

    def __init__(self, weight: float = 10.0):
        super().__init__(clip=None)
        self.weight = weight

    def penalty(self, critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        return self.weight * gradient_penalty(critic, real, fake)


class Hinge:
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(y))] and -E[D(y)].

    Lim and Ye, *Geometric GAN*, 2017, equations 2-3; Miyato et al., ICLR 2018, equations 16-17.
    """

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()


ADVERSARIAL: dict[str, Callable[[], Adversarial]] = {
    "minimax": Minimax,
    "non-saturating": NonSaturating,
    "lsgan": LeastSquares,
    "wgan": Wasserstein,
    "wgan-gp": WassersteinGP,
    "hinge": Hinge,
}


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """E[(||grad_z D(z)||_2 - 1)^2], z uniform on the segment between a real and a generated sample.

    Args:
        critic: maps a batch (N, ...) to logits with first dimension N.
        real, fake: (N, ...) of one shape.
    """
    mix = torch.rand(real.shape[0], *[1] * (real.ndim - 1), device=real.device)
    return slope_penalty(critic, mix * real + (1 - mix) * fake)


def slope_penalty(critic: Callable[[Tensor], Tensor], places: Tensor) -> Tensor:
    """E[(||grad_z D(z)||_2 - 1)^2] over `places`, (N, ...); see `gradient_penalty`."""
    z = places.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(z).sum(), z, create_graph=True)
    return ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()


def total_variation(image: Tensor) -> Tensor:
    """Mean absolute difference of neighbours, down plus across (anisotropic). image: (N, C, H, W)."""
    down = (image[..., 1:, :] - image[..., :-1, :]).abs().mean()
    across = (image[..., :, 1:] - image[..., :, :-1]).abs().mean()
    return down + across


def feature_distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    """Mean L1 distance of two lists of feature maps, each layer divided by the mean size of `b` there.

    The division lets every layer count alike. A perceptual loss in the sense of Johnson, Alahi, Fei-Fei, ECCV 2016.
    """
    return torch.stack([F.l1_loss(x, y) / y.abs().mean().clamp_min(1e-6) for x, y in zip(a, b, strict=True)]).mean()


def perceptual_distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    """Distances between pictures, (n,), from their feature maps, (n, C_i, H_i, W_i) each.

    Squared differences of channel vectors scaled to unit length, averaged over places and summed over maps: LPIPS
    (Zhang et al., CVPR 2018, equation 1) without its learned weights.
    """
    unit = [(F.normalize(x.float(), dim=1), F.normalize(y.float(), dim=1)) for x, y in zip(a, b, strict=True)]
    return torch.stack([(x - y).square().sum(1).mean((1, 2)) for x, y in unit]).sum(0)


def palette_cross_entropy(log_shares: Tensor, target: Tensor, palette: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy of which palette colour each pixel is, for targets drawn in a few flat colours.

    The label is the colour nearest to the target's in L1. Under plain L1 on colours a white street on beige ground is
    worth 0.15 a channel and leaving it out is safe; here it is a class of its own.

    Args:
        log_shares: (N, K, H, W), logarithms of the colours' shares in each pixel.
        target: (N, 3, H, W) in [-1, 1].
        palette: (K, 3) in [-1, 1]; weights: (K,), larger for rare colours.
    """
    truth = (target.unsqueeze(1) - palette.view(1, -1, 3, 1, 1)).abs().sum(2).argmin(1)  # (N, H, W)
    return (F.nll_loss(log_shares, truth, reduction="none") * weights[truth]).mean()


def gram_matrix(features: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, C): channel correlations divided by C*H*W (Gatys et al., CVPR 2016, equation 3)."""
    n, c, h, w = features.shape
    flat = features.reshape(n, c, h * w)
    return flat @ flat.transpose(1, 2) / (c * h * w)


def variety(made: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """How far apart the pairs of a generated batch are, as a share of how far apart real pictures are: (N / 2,).

    The n-th and the (n + N / 2)-th picture are a pair. Distances are L1 between feature maps, a mean over the maps of
    each one's share. As a loss, Yang et al., *Diversity-Sensitive Conditional GANs*, ICLR 2019.

    Args:
        made, real: maps (N, c_i, h_i, w_i), N even; those of `real` need no gradient.
    """

    def apart(x: Tensor) -> Tensor:
        first, second = x.chunk(2)
        return (first - second).abs().mean((1, 2, 3))

    return torch.stack([apart(a) / apart(b).mean().clamp_min(1e-6) for a, b in zip(made, real, strict=True)]).mean(0)
