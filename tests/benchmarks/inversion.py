"""Measures "My picture": how far the place found for a picture is from it, over pictures that no model was trained on.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/inversion.py --models latent-flowers=data/flowers
    latent-faces=data/UTKFace [--count 32] [--steps 0 50 100] [--threads 2]

Of each number of steps: the mean absolute and the root mean square error, 0 to 255; the perceptual distance in
EfficientNet-lite2, which neither the model nor the search has seen, beside that of pairs of other pictures of the set;
the mean square of the latents' numbers, 1 where draws lie; and the seconds that one picture takes. Bar: 5 s on two
idle cores.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor

import cgan_demo
from cgan_demo.dcgan.dataset import load_pictures
from cgan_demo.dcgan.evaluation import Enlarging
from cgan_demo.dcgan.inversion import nearest
from cgan_demo.dcgan.predictor import LatentExplorer
from cgan_demo.features import efficientnet_lite
from cgan_demo.images import to_pil
from cgan_demo.objectives import perceptual_distance

COLUMNS = ("steps", "mean error", "root mean square", "perceptual", "mean square of z", "seconds", "of a processor")


def figures(explorer: LatentExplorer, truth: Tensor, steps: int, looking: Enlarging) -> list[float]:
    assert explorer.network.inverter is not None
    _, z = nearest(explorer.generator, explorer.network.inverter, truth, steps)
    with torch.inference_mode():
        made = explorer.generator(z)
        off = 127.5 * (made - truth)
        distance = perceptual_distance(looking(made), looking(truth)).mean()
    errors = [off.abs().mean(), off.square().mean((1, 2, 3)).sqrt().mean(), distance, z.square().mean()]
    return [steps, *map(float, errors), *seconds(explorer, truth, steps)]


def seconds(explorer: LatentExplorer, truth: Tensor, steps: int) -> tuple[float, float]:
    """Of one picture: as the clock has it, and as the processor does, which on a busy machine is less."""
    begun, busy = time.perf_counter(), time.process_time()
    explorer.project(to_pil(truth[:1]), steps, framed=True)
    return time.perf_counter() - begun, time.process_time() - busy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", required=True, help="ID=FOLDER of its pictures")
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--steps", nargs="*", type=int, default=[0, 50, 100])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    looking = Enlarging(efficientnet_lite("lite2"))
    for model_id, data in (pair.split("=", 1) for pair in options.models):
        explorer = cgan_demo.load(model_id, device="cpu")
        _, unseen = load_pictures(Path(data), explorer.size, options.cache)
        truth = torch.from_numpy(unseen.some(options.count)).permute(0, 3, 1, 2).float() / 127.5 - 1
        seconds(explorer, truth, 2)  # the first one warms up
        with torch.inference_mode():
            others = float(perceptual_distance(looking(truth), looking(truth.roll(1, 0))).mean())
        print(f"{model_id}: {len(truth)} pictures; from one of them to the next, perceptual {others:.2f}\n")
        print("|", " | ".join(COLUMNS), "|\n" + "|---" * len(COLUMNS) + "|")
        for steps in options.steps:
            told = figures(explorer, truth, steps, looking)
            print(f"| {steps} |", " | ".join(f"{value:.2f}" for value in told[1:]), "|", flush=True)
        print()


if __name__ == "__main__":
    main()
