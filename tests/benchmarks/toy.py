"""Plays every game of "Why GANs fail" from several seeds: the words beside them have to be true of more than one run.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/toy.py [--seeds 5] [--objectives NAME ...] [--critic 1 5 20] ...

Of each game the last half is looked at, in 100 states: modes covered on average, at the least and at the end; how often
one that was covered is missing in the next state; the share of samples in a mode; gradients of G and D; how sure D is.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from cgan_demo.dcgan.mixtures import MIXTURES
from cgan_demo.dcgan.toy import play
from cgan_demo.ui.toywork import CRITIC_STEPS, OBJECTIVES, game_of
from cgan_demo.ui.toywork import MIXTURES as NAMES

COLUMNS = ("modes", "fewest", "last", "losses", "share in a mode", "G's gradient", "D's gradient", "sure")


def figures(mixture: str, objective: str, term: bool, critic: str, seed: int) -> list[float]:
    game = game_of(mixture, objective, term, critic, seed)
    states = list(play(game, max(1, game.steps // 200)))[-100:]
    modes = np.array([state.modes for state in states])
    means = [
        float(np.mean([getattr(state, name) for state in states]))
        for name in ("share", "generator_gradient", "critic_gradient", "sure")
    ]
    lost = float(np.maximum(0, modes[:-1] - modes[1:]).sum())
    return [float(modes.mean()), float(modes.min()), float(modes[-1]), lost, *means]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--objectives", nargs="*", default=list(OBJECTIVES))
    parser.add_argument("--mixtures", nargs="*", default=list(NAMES), help=f"of {', '.join(MIXTURES)}")
    parser.add_argument("--critic", nargs="*", default=["1"], choices=list(CRITIC_STEPS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| game | D's steps | autoencoder |", " | ".join(COLUMNS), "|")
    print("|---" * (3 + len(COLUMNS)) + "|")
    for mixture in options.mixtures:
        for objective in options.objectives:
            for critic in options.critic:
                for term in (False, True):
                    runs = np.array([figures(mixture, objective, term, critic, seed) for seed in range(options.seeds)])
                    told = [f"{m:.2f} ± {s:.2f}" for m, s in zip(runs.mean(0), runs.std(0), strict=True)]
                    name = f"{mixture}, {objective}"
                    print(f"| {name} | {critic} | {'yes' if term else 'no'} |", " | ".join(told), "|", flush=True)


if __name__ == "__main__":
    main()
