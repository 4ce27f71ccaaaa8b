"""Games in the plane, trained in seconds: what an objective does is seen where everything can be drawn.

A small generator learns a mixture of Gaussians against a small discriminator under any of the six objectives, with or
without the autoencoder term of conditional GANs. Two facts of the theory can be watched: the best D is
D*(x) = q(x) / (q(x) + p_g(x)) (Goodfellow et al., 2014, proposition 1), and where D is sure, the gradient that the
original objective gives G vanishes (Arjovsky and Bottou, ICLR 2017, theorem 2.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor, nn

from ..checks import integer, number
from ..errors import InputError
from ..objectives import ADVERSARIAL, Wasserstein, WassersteinGP, slope_penalty
from .mixtures import GRID, best_discriminator, mixture, plane

NOISE = 8  # numbers of z
SHOWN = 512  # samples of a state


@dataclass(frozen=True)
class Game:
    """What is played.

    mixture: a key of `mixtures.MIXTURES`. objective: a key of `objectives.ADVERSARIAL`.
    autoencoder: weight of |G(E(x)) - x|^2 + |E(G(z)) - z|^2, with an encoder E that is trained beside G; 0 for none.
    steps: of G. critic_steps: of D, for each one of G.
    rate: of G's Adam; D's is twice that. width: of the networks' hidden layers.
    """

    mixture: str = "ring of 8"
    objective: str = "non-saturating"
    autoencoder: float = 0.0
    steps: int = 1000
    critic_steps: int = 1
    rate: float = 2e-3
    width: int = 64
    batch: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises InputError: a field outside of its range."""
        mixture(self.mixture)
        if self.objective not in ADVERSARIAL:
            raise InputError(f"There is no objective {self.objective!r}; there are {', '.join(ADVERSARIAL)}.")
        types = {field.name: field.type for field in fields(self)}
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            checked = (
                integer(name, value, int(low), int(high)) if types[name] == "int" else number(name, value, low, high)
            )
            object.__setattr__(self, name, checked)


RANGES: dict[str, tuple[float, float]] = {
    "autoencoder": (0, 100),
    "steps": (1, 20000),
    "critic_steps": (1, 100),
    "rate": (1e-5, 0.1),
    "width": (4, 512),
    "batch": (8, 4096),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True)
class State:
    """Where a game stands.

    step: of G, from 0. samples: what G makes, (512, 2). real: as many draws of the mixture.
    landscape: of D on the plane (`mixtures.plane`), (41, 41), rows from below; for the objectives that end in a
        probability that of being real, for the others its plain output.
    best: what D* would be here for the samples' own density, estimated from them; (41, 41).
    field: minus the gradient of G's loss with respect to samples, at `samples`: where they are drawn to. (512, 2)
    modes: covered, of how many; share: of samples that lie in a mode.
    generator_gradient, critic_gradient: lengths of the gradients of the two losses over all weights, without the
        autoencoder term. generator_loss, critic_loss: the two losses.
    sure: mean of D's probability of being real for real samples, minus that for generated ones; nan without one.
    """

    step: int
    samples: np.ndarray
    real: np.ndarray
    landscape: np.ndarray
    best: np.ndarray
    field: np.ndarray
    modes: int
    of_modes: int
    share: float
    generator_gradient: float
    critic_gradient: float
    generator_loss: float
    critic_loss: float
    sure: float


PROBABILITIES = ("minimax", "non-saturating")  # objectives whose logits are those of a probability


def play(game: Game, every: int = 50) -> Iterator[State]:
    """Play a game; a state before the first step, then every `every` steps and after the last.

    The same game gives the same states. Nothing is kept between calls, and torch's random state is left alone.
    """
    table = _Table(game)
    yield table.state(0)
    for step in range(1, game.steps + 1):
        shown = step % every == 0 or step == game.steps
        table.step(noted=shown)
        if shown:
            yield table.state(step)


def perfecting(game: Game, steps: int = 400, every: int = 20) -> Iterator[tuple[State, dict[str, float]]]:
    """G is held while D learns: the better D, the less the original objective tells G.

    Yields what is to be seen, its steps being D's, and the lengths of G's gradient under "minimax" and under
    "non-saturating", for the same D (Arjovsky and Bottou, ICLR 2017, figures 2 and 3).
    """
    table = _Table(replace(game, objective="minimax"))
    with torch.no_grad():  # a heap in the middle, which D can tell from a ring wholly
        table.generator[-1].get_parameter("weight").mul_(0.2)
    for step in range(steps + 1):
        if step % every == 0:
            state = table.state(step)
            fake = table.discriminator(table.generator(torch.randn(SHOWN, NOISE, generator=table.look())))
            losses = {name: ADVERSARIAL[name]().generator(fake) for name in PROBABILITIES}
            yield state, {name: table.length(loss, table.generator) for name, loss in losses.items()}
        table.judge(noted=False)


class _Table:
    """Networks, optimisers and noise of one game."""

    def __init__(self, game: Game):
        self.game, self.mixture = game, mixture(game.mixture)
        self.random = torch.Generator().manual_seed(game.seed)
        self.rules = WassersteinGP(1.0) if game.objective == "wgan-gp" else ADVERSARIAL[game.objective]()
        if game.objective == "wgan":
            self.rules = Wasserstein(0.1)  # three small layers clipped to 0.01 give no slope at all
        self.generator, self.discriminator = self._network(NOISE, 2), self._network(2, 1)
        self.encoder = self._network(2, NOISE)
        with torch.no_grad():  # D sees details from the start: it is drawn at the scale of the modes, not of the plane
            self.discriminator[0].get_parameter("weight").mul_(2)
            self.discriminator[0].get_parameter("bias").uniform_(-4, 4, generator=self.random)
        makers = [*self.generator.parameters(), *self.encoder.parameters()]
        self.makers = torch.optim.Adam(makers, game.rate, (0.5, 0.9))
        self.judges = torch.optim.Adam(self.discriminator.parameters(), 2 * game.rate, (0.5, 0.9))
        self.losses, self.lengths = ({"generator": np.nan, "critic": np.nan} for _ in range(2))

    def _network(self, inner: int, outer: int) -> nn.Sequential:
        width, layers = self.game.width, list[nn.Module]()
        for a, b in ((inner, width), (width, width), (width, outer)):
            layer = nn.utils.skip_init(nn.Linear, a, b)
            with torch.no_grad():  # by our own random state, so that games side by side do not disturb each other
                layer.weight.normal_(0, (2 / a) ** 0.5, generator=self.random)
                layer.bias.zero_()
            layers += [layer, nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers[:-1])

    def noise(self, count: int) -> Tensor:
        return torch.randn(count, NOISE, generator=self.random)

    def step(self, noted: bool) -> None:
        """`critic_steps` of D, one of G; noted: losses and gradients are kept for the next state."""
        for later in range(self.game.critic_steps - 1, -1, -1):
            self.judge(noted and not later)
        z, real = self.noise(self.game.batch), self.mixture.draw(self.game.batch, self.random)
        made = self.generator(z)
        loss = self.rules.generator(self.discriminator(made))
        if noted:
            self._note("generator", loss, self.generator)
        if self.game.autoencoder:
            copied, read = self.generator(self.encoder(real)), self.encoder(made)
            distance = (copied - real).square().mean() + (read - z).square().mean()
            loss = loss + self.game.autoencoder * distance
        self._go(self.makers, loss)

    def judge(self, noted: bool) -> None:
        """A step of D."""
        with torch.no_grad():
            fake = self.generator(self.noise(self.game.batch))
        real = self.mixture.draw(self.game.batch, self.random)
        loss = self.rules.discriminator(self.discriminator(real), self.discriminator(fake))
        if noted:
            self._note("critic", loss, self.discriminator)
        if isinstance(self.rules, WassersteinGP):
            mix = torch.rand(len(real), 1, generator=self.random)
            loss = loss + self.rules.weight * slope_penalty(self.discriminator, mix * real + (1 - mix) * fake)
        self._go(self.judges, loss)
        if isinstance(self.rules, Wasserstein):
            self.rules.constrain(self.discriminator)

    def _note(self, name: str, loss: Tensor, network: nn.Module) -> None:
        self.lengths[name], self.losses[name] = self.length(loss, network), float(loss.detach())

    @staticmethod
    def length(loss: Tensor, network: nn.Module) -> float:
        """Of the gradient of a loss over all weights of a network."""
        gradients = torch.autograd.grad(loss, list(network.parameters()), retain_graph=True)
        return float(torch.stack([g.square().sum() for g in gradients]).sum().sqrt())

    def look(self) -> torch.Generator:
        """A random state for looking, which does not change the game."""
        return torch.Generator().manual_seed(self.game.seed)

    @staticmethod
    def _go(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    def state(self, step: int) -> State:
        """What is to be seen now."""
        look = self.look()
        real = self.mixture.draw(SHOWN, look)
        with torch.no_grad():
            samples = self.generator(torch.randn(SHOWN, NOISE, generator=look))
            judged = self.discriminator(plane()).view(GRID, GRID)
            on_real, on_fake = (torch.sigmoid(self.discriminator(x)).mean() for x in (real, samples))
        probable = self.game.objective in PROBABILITIES
        modes, share = self.mixture.coverage(samples)
        return State(
            step,
            samples.numpy(),
            real.numpy(),
            (torch.sigmoid(judged) if probable else judged).numpy(),
            best_discriminator(self.mixture, samples).numpy(),
            self._pull(samples).numpy(),
            modes,
            len(self.mixture.centres),
            share,
            self.lengths["generator"],
            self.lengths["critic"],
            self.losses["generator"],
            self.losses["critic"],
            float(on_real - on_fake) if probable else float("nan"),
        )

    def _pull(self, samples: Tensor) -> Tensor:
        places = samples.clone().requires_grad_()
        loss = self.rules.generator(self.discriminator(places)) * len(samples)  # per sample, not over their mean
        (gradient,) = torch.autograd.grad(loss, places)
        return -gradient
