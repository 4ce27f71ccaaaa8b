"""What painting several visitors' pictures in one pass would gain, and what it would change in them.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/joined.py [--device cpu] [--threads 2] [--rounds 15] [--models ID ...]

The pictures of one call, such as eight of a sentence, are painted in one pass. Those of several calls are not: a larger
pass adds floats in another order, and a seed's picture would depend on who else is asking. For each number of pictures
in a pass it prints the time of a picture, on the clock and of the processor, which other programs disturb less; how
many of 16 pictures are not the ones painted alone; and by how much the generator's floats, in [-1, 1], differ at most.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

import cgan_demo
from cgan_demo.dcgan.model import LatentModel
from cgan_demo.dcgan.predictor import LatentExplorer
from cgan_demo.gan_cls.predictor import TextPainter
from cgan_demo.images import to_pil

WEIGHTS = Path(__file__).parents[2] / "weights"
SENTENCE, PICTURES, PASSES = "a red flower with round petals", 16, (1, 2, 4, 8, 16)
Paint = Callable[[slice], Tensor]  # some of 16 places -> (N, 3, S, S) in [-1, 1]


def of(predictor: TextPainter | LatentExplorer) -> Paint:
    """The generator's call on 16 seeds, as the predictor makes it."""
    device = predictor.device
    if isinstance(predictor, TextPainter):
        noise, vector = predictor.noise(0, PICTURES).to(device), predictor.read(SENTENCE).vector.to(device)
        return lambda part: predictor.network.generator(noise[part], vector.expand(PICTURES, -1)[part]).float().cpu()
    z = predictor.latents(range(PICTURES)).to(device)
    return lambda part: predictor.generator(z[part]).float().cpu()


def parts(size: int) -> list[slice]:
    return [slice(i, i + size) for i in range(0, PICTURES, size)]


def milliseconds(paint: Paint, size: int, rounds: int) -> tuple[float, float]:
    """Of a picture in passes of `size`: on the clock and on the processor, medians."""
    clock, processor = [], []
    for _ in range(rounds + 1):
        begun = time.perf_counter(), time.process_time()
        for part in parts(size):
            paint(part)
        clock.append(time.perf_counter() - begun[0])
        processor.append(time.process_time() - begun[1])
    return 1000 * statistics.median(clock[1:]) / PICTURES, 1000 * statistics.median(processor[1:]) / PICTURES


def changed(paint: Paint, size: int) -> tuple[int, float]:
    """Pictures that differ from those painted alone, and the largest difference of their floats."""
    alone, joined = (torch.cat([paint(part) for part in parts(n)]) for n in (1, size))
    differ = [to_pil(a[None]).tobytes() != to_pil(b[None]).tobytes() for a, b in zip(alone, joined, strict=True)]
    return sum(differ), float((alone - joined).abs().max())


@torch.inference_mode()
def report(name: str, paint: Paint, rounds: int) -> None:
    print(f"\n{name}\n| pictures in a pass | ms each | ms of processor each | gain | changed of {PICTURES} | by |")
    print("|---|---|---|---|---|---|")
    alone = 0.0
    for size in PASSES:
        clock, processor = milliseconds(paint, size, rounds)
        alone = alone or processor
        count, most = changed(paint, size)
        print(f"| {size} | {clock:.1f} | {processor:.1f} | {1 - processor / alone:.0%} | {count} | {most:.0e} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    known = ["text-to-flower", "text-to-bird", "latent-faces", "latent-flowers"]
    parser.add_argument("--models", nargs="*", default=known)
    options = parser.parse_args()
    predictors = {m: cgan_demo.load(m, options.device) for m in options.models if (WEIGHTS / m).is_dir()}
    if not any(name.startswith("latent") for name in predictors):  # time does not depend on weights
        predictors["untrained latent model"] = LatentExplorer(LatentModel(painter={}).eval(), options.device)
    torch.set_num_threads(options.threads)
    for name, predictor in predictors.items():
        report(name, of(predictor), options.rounds)


if __name__ == "__main__":
    main()
