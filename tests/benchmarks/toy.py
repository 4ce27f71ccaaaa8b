"""Plays every game of "Why GANs fail" from several seeds: the words beside them have to be true of more than one run.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/toy.py [--seeds 2] [--objectives NAME ...] [--critic 1 5 20] ...

Of each game the last half is looked at, in --states: modes covered on average, at the least and at the end; how often
one that was covered is missing in the next state; the share of samples in a mode; gradients of G and D; how sure D is.
With --held, "Only D learns" instead: how sure D is after some of its steps, and the two gradients of the generator.
"""

from __future__ import annotations

import argparse
import functools

import numpy as np
import torch

from cgan_demo.gan_games.mixtures import MIXTURES
from cgan_demo.gan_games.plane import perfecting, play
from cgan_demo.ui.latent.games import CRITIC_STEPS, HELD, OBJECTIVES, game_of
from cgan_demo.ui.latent.games import MIXTURES as NAMES

COLUMNS = ("modes", "fewest", "last", "losses", "share in a mode", "G's gradient", "D's gradient", "sure")


def figures(mixture: str, objective: str, term: bool, critic: str, seed: int, count: int) -> list[float]:
    game = game_of(mixture, objective, term, critic, seed)
    states = list(play(game, max(1, game.steps // (2 * count))))[-count:]
    modes = np.array([state.modes for state in states])
    means = [
        float(np.mean([getattr(state, name) for state in states]))
        for name in ("share", "generator_gradient", "critic_gradient", "sure")
    ]
    lost = float(np.maximum(0, modes[:-1] - modes[1:]).sum())
    return [float(modes.mean()), float(modes.min()), float(modes[-1]), lost, *means]


def held(mixture: str, seeds: int) -> None:
    print("| mixture | seed | D's steps | sure | G's gradient, minimax | non-saturating |\n" + "|---" * 6 + "|")
    for seed in range(seeds):
        for state, lengths in perfecting(game_of(mixture, "Minimax (2014)", False, "1", seed), HELD, 20):
            if state.step in (0, 20, 100, HELD):
                told = f"{state.sure:.3f} | {lengths['minimax']:.3g} | {lengths['non-saturating']:.3g}"
                print(f"| {mixture} | {seed} | {state.step} | {told} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--states", type=int, default=100)
    parser.add_argument("--held", action="store_true")
    parser.add_argument("--objectives", nargs="*", default=list(OBJECTIVES))
    parser.add_argument("--mixtures", nargs="*", default=list(NAMES), help=f"of {', '.join(MIXTURES)}")
    parser.add_argument("--critic", nargs="*", default=["1"], choices=list(CRITIC_STEPS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.held:
        for mixture in options.mixtures:
            held(mixture, options.seeds)
        return
    print("| game | D's steps | autoencoder |", " | ".join(COLUMNS), "|")
    print("|---" * (3 + len(COLUMNS)) + "|")
    for mixture in options.mixtures:
        for objective in options.objectives:
            for critic in options.critic:
                for term in (False, True):
                    play_one = functools.partial(figures, mixture, objective, term, critic, count=options.states)
                    runs = np.array([play_one(seed=seed) for seed in range(options.seeds)])
                    told = [f"{m:.2f} ± {s:.2f}" for m, s in zip(runs.mean(0), runs.std(0), strict=True)]
                    name = f"{mixture}, {objective}"
                    print(f"| {name} | {critic} | {'yes' if term else 'no'} |", " | ".join(told), "|", flush=True)


if __name__ == "__main__":
    main()
