"""Times one 256x256 translation: the bundled network against the paper-size U-Net, in one process, taking turns.

python tests/benchmarks/speed.py [--threads 2] [--rounds 20]
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from cgan_demo.pix2pix.networks import LightUNetGenerator, UNetGenerator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    x = torch.rand(1, 3, 256, 256) * 2 - 1
    nets = {
        "paper U-Net, width 64, depth 8": UNetGenerator(width=64, depth=8).eval(),
        "bundled light U-Net": LightUNetGenerator(noise_channels=2).eval().to(memory_format=torch.channels_last),
    }
    seconds: dict[str, list[float]] = {name: [] for name in nets}
    with torch.inference_mode():
        for turn in range(options.rounds + 2):
            for name, net in nets.items():
                begun = time.perf_counter()
                net(x)
                if turn >= 2:  # the first turns warm up
                    seconds[name].append(time.perf_counter() - begun)
    medians = {name: 1000 * statistics.median(s) for name, s in seconds.items()}
    for name, ms in medians.items():
        print(f"{name}: {ms:.1f} ms (median of {options.rounds}, {options.threads} threads)")
    slow, fast = medians.values()
    print(f"ratio: 1/{slow / fast:.1f}")


if __name__ == "__main__":
    main()
