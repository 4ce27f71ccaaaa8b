"""Times eight pictures of a typed sentence, from the text to PIL pictures. The bars: 64 px 250 ms, 128 px 600 ms.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/text.py [--threads 2] [--rounds 15] [--count 8] [--models ID ...]

A bundled model is timed as it is, and beside it an untrained generator of either size: time does not depend on weights.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch

import cgan_demo
from cgan_demo.gan_cls.model import TextToImage
from cgan_demo.gan_cls.predictor import TextPainter

SENTENCE = "this flower has long pink petals with white edges and a yellow center"
BARS = {64: 250, 128: 600}  # ms
WEIGHTS = Path(__file__).parents[2] / "weights"


def untrained(size: int) -> TextPainter:
    words = [*SENTENCE.split(), *(f"word{i}" for i in range(2000))]
    return TextPainter(TextToImage(list(dict.fromkeys(words)), painter={"size": size}).eval())


def milliseconds(painter: TextPainter, rounds: int, count: int) -> float:
    calls = []
    for turn in range(rounds + 2):  # the first ones warm up
        begun = time.perf_counter()
        painter.variations(SENTENCE, count, seed=turn)
        calls.append(time.perf_counter() - begun)
    return 1000 * statistics.median(calls[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--models", nargs="*", default=["text-to-flower", "text-to-bird"])
    options = parser.parse_args()
    painters = {f"untrained, {size} px": untrained(size) for size in BARS}
    painters |= {m: cgan_demo.load(m, device="cpu") for m in options.models if (WEIGHTS / m).is_dir()}
    torch.set_num_threads(options.threads)
    for name, painter in painters.items():
        taken = milliseconds(painter, options.rounds, options.count)
        print(f"{name}: {options.count} pictures of {painter.size} px in {taken:.0f} ms (bar: {BARS[painter.size]} ms)")


if __name__ == "__main__":
    main()
