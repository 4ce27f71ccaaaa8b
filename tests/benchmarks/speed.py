"""Times one 256x256 translation: the bundled networks against the paper-size U-Net, in one process, taking turns.

python tests/benchmarks/speed.py [--threads 2] [--rounds 20]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch

import cgan_demo
from cgan_demo.bicyclegan import task as bicyclegan
from cgan_demo.bicyclegan.light import SketchGenerator
from cgan_demo.layers import folded
from cgan_demo.pix2pix import task as pix2pix
from cgan_demo.pix2pix.paper import UNetGenerator
from cgan_demo.ui.parts.paintpad import from_data_url, to_data_url
from cgan_demo.ui.sketch.drawings import drawings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    x, code = torch.rand(1, 3, 256, 256) * 2 - 1, torch.randn(1, 8)
    nets = {"paper U-Net, width 64, depth 8": UNetGenerator(width=64, depth=8).eval()}
    tasks = pix2pix.TASKS | bicyclegan.TASKS
    for model_id, task in tasks.items():
        net = folded(task.recipes["bundled"].network().eval())
        nets[model_id] = net.to(memory_format=torch.channels_last)  # as served
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
    print("from a data URL to a PNG, as the page does on every stroke")
    drawing = to_data_url(next(iter(drawings().values())))
    for model_id in (name for name in tasks if name in cgan_demo.list_models() and _is_bundled(name)):
        predictor = cgan_demo.load(model_id, device="cpu")
        torch.set_num_threads(options.threads)
        calls = []
        for _ in range(options.rounds + 2):
            begun = time.perf_counter()
            result = predictor(from_data_url(drawing))
            to_data_url(result)
            calls.append(time.perf_counter() - begun)
        print(f"{model_id}: {1000 * statistics.median(calls[2:]):.1f} ms")


def _is_bundled(model_id: str) -> bool:
    return (Path(__file__).parents[2] / "weights" / model_id).is_dir()


if __name__ == "__main__":
    main()
