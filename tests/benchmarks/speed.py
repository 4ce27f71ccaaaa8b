"""Times one 256x256 translation: the bundled networks against the paper-size U-Net, in one process, taking turns.

python tests/benchmarks/speed.py [--threads 2] [--rounds 20]
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from cgan_demo.layers import folded
from cgan_demo.pix2pix.networks import SketchGenerator, UNetGenerator
from cgan_demo.pix2pix.recipes import TASKS, SketchRecipe
from cgan_demo.pix2pix.sketch_training import sketch_generator
from cgan_demo.pix2pix.training import light_generator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    x, code = torch.rand(1, 3, 256, 256) * 2 - 1, torch.randn(1, 8)
    nets = {"paper U-Net, width 64, depth 8": UNetGenerator(width=64, depth=8).eval()}
    for model_id, task in TASKS.items():
        recipe = task.bundled
        net = sketch_generator(recipe) if isinstance(recipe, SketchRecipe) else light_generator(recipe)
        nets[model_id] = folded(net.eval()).to(memory_format=torch.channels_last)  # as served
    seconds: dict[str, list[float]] = {name: [] for name in nets}
    with torch.inference_mode():
        for turn in range(options.rounds + 2):
            for name, net in nets.items():
                begun = time.perf_counter()
                net(x, code) if isinstance(net, SketchGenerator) else net(x)
                if turn >= 2:  # the first turns warm up
                    seconds[name].append(time.perf_counter() - begun)
    medians = {name: 1000 * statistics.median(s) for name, s in seconds.items()}
    slowest = next(iter(medians.values()))
    print(f"median of {options.rounds} rounds, {options.threads} threads")
    for name, ms in medians.items():
        print(f"{name}: {ms:.1f} ms, 1/{slowest / ms:.1f} of the paper U-Net")


if __name__ == "__main__":
    main()
