"""Games in the plane: mixtures, what is measured, and that the theory can be watched."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from cgan_demo.errors import InputError
from cgan_demo.gan_games.mixtures import EXTENT, GRID, MIXTURES, best_discriminator, mixture, plane, ring, square_grid
from cgan_demo.gan_games.plane import Game, perfecting, play
from cgan_demo.objectives import ADVERSARIAL


def test_mixtures_have_their_modes_within_the_plane():
    assert [len(mixture(name).centres) for name in MIXTURES] == [8, 25]
    for name in MIXTURES:
        truth = mixture(name)
        draws = truth.draw(4000, torch.Generator().manual_seed(0))
        modes, share = truth.coverage(draws)
        assert modes == len(truth.centres) and share > 0.97 and draws.abs().max() < EXTENT
    area = (2 * EXTENT / (GRID - 1)) ** 2
    assert float(ring().density(plane()).sum() * area) == pytest.approx(1, rel=0.02)


def test_coverage_counts_modes_that_are_visited():
    truth = square_grid()
    samples = truth.centres[:5].repeat(20, 1)
    assert truth.coverage(samples) == (5, 1.0)
    assert truth.coverage(torch.full((10, 2), 2.5)) == (0, 0.0)


def test_the_best_discriminator_is_the_share_of_truth():
    truth = ring()
    same = best_discriminator(truth, truth.draw(4000, torch.Generator().manual_seed(0)))
    inside = truth.density(plane()).view(GRID, GRID) > 0.05
    assert (same[inside] - 0.5).abs().max() < 0.2
    far = best_discriminator(truth, torch.zeros(100, 2))
    assert float(far[GRID // 2, GRID // 2]) < 0.01 and float(far[inside].min()) > 0.99


@pytest.mark.parametrize("objective", ADVERSARIAL)
def test_every_objective_plays_and_the_same_game_gives_the_same_states(objective):
    game = Game(objective=objective, steps=5, width=8, batch=16, critic_steps=2, autoencoder=0.5)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    states = list(play(game, every=2))
    assert torch.equal(before, torch.get_rng_state())
    again = list(play(game, every=5))
    assert [s.step for s in states] == [0, 2, 4, 5] and [s.step for s in again] == [0, 5]
    last = states[-1]
    assert last.samples.shape == last.real.shape == last.field.shape == (512, 2)
    assert last.landscape.shape == last.best.shape == (GRID, GRID) and np.isfinite(last.landscape).all()
    assert np.array_equal(last.samples, again[-1].samples) and last.generator_gradient == again[-1].generator_gradient
    assert math.isfinite(last.generator_loss + last.critic_loss + last.critic_gradient)
    if objective in ("minimax", "non-saturating"):
        assert 0 <= last.landscape.min() <= last.landscape.max() <= 1 and -1 <= last.sure <= 1


def test_samples_find_modes_within_seconds():
    *_, last = play(Game(steps=400, width=32), every=400)
    assert last.modes >= 3 and last.share > 0.15 and last.of_modes == 8


def test_under_a_sure_critic_the_original_objectives_gradient_vanishes():
    rows = list(perfecting(Game(width=32), steps=200, every=100))
    (_, first), (state, last) = rows[0], rows[-1]
    assert state.sure > 0.95 and state.step == 200
    assert np.array_equal(state.samples, rows[0][0].samples)  # G is held
    assert not np.array_equal(state.landscape, rows[0][0].landscape)
    assert last["minimax"] < 0.5 * first["minimax"] and last["minimax"] < 0.05 * last["non-saturating"]


@pytest.mark.parametrize(
    "wrong", [{"objective": "best"}, {"mixture": "cube"}, {"steps": 0}, {"seed": -1}, {"width": 7.5}, {"rate": "fast"}]
)
def test_a_game_outside_of_its_range_is_refused(wrong):
    with pytest.raises(InputError, match=str(next(iter(wrong)))):
        Game(**wrong)
