"""Times what the tab "Latent space" answers with. The bars: a sample 25 ms, a step on the pad 40 ms, 60 frames 3 s.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/latent.py [--threads 2] [--rounds 30] [--models ID ...]

A step on the pad and the animation are timed as the page's server makes them: from the browser's message to the answer
with its picture encoded. An untrained generator of 64 px is timed beside the bundled ones: weights change no time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

import cgan_demo
from cgan_demo.dcgan.model import LatentModel
from cgan_demo.dcgan.predictor import LatentExplorer
from cgan_demo.ui.components import ModelStore
from cgan_demo.ui.latent.calls import Calls
from cgan_demo.ui.latent.exploring import ARC, DOMAINS, Exploring

WEIGHTS = Path(__file__).parents[2] / "weights"
BARS = {"sample": 25, "step on the pad": 40, "animation of 60": 3000}  # ms


def milliseconds(call: Callable[[int], object], rounds: int) -> float:
    calls = []
    for turn in range(rounds + 2):  # the first ones warm up
        begun = time.perf_counter()
        call(turn)
        calls.append(time.perf_counter() - begun)
    return 1000 * statistics.median(calls[2:])


def timed(explorer: LatentExplorer, rounds: int) -> dict[str, float]:
    calls = Calls(Exploring(ModelStore(lambda _: explorer)), "")
    asked = calls.exploring.asked(next(iter(DOMAINS)))
    return {
        "sample": milliseconds(lambda turn: explorer(turn), rounds),
        "step on the pad": milliseconds(
            lambda turn: calls.drag(asked, "0, 1, 2, 3", json.dumps({"x": turn / 100, "y": 0.5})), rounds
        ),
        "animation of 60": milliseconds(lambda turn: calls.film(asked, f"{turn}, 1, 2, 3", ARC), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--models", nargs="*", default=list(DOMAINS.values()))
    options = parser.parse_args()
    explorers = {"untrained": LatentExplorer(LatentModel(painter={}).eval())}
    explorers |= {m: cgan_demo.load(m, device="cpu") for m in options.models if (WEIGHTS / m).is_dir()}
    torch.set_num_threads(options.threads)
    for name, explorer in explorers.items():
        for what, taken in timed(explorer, options.rounds).items():
            print(f"{name}, {explorer.size} px: {what} in {taken:.1f} ms (bar: {BARS[what]} ms)")


if __name__ == "__main__":
    main()
