"""Times the way from a 12-megapixel photo to an aligned face, part by part.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/finder.py [--photo FILE] [--weights FOLDER] [--threads 2] [--rounds 10]

By default matplotlib's picture of Grace Hopper is enlarged to 3000 x 4000 px, with a little noise, as a JPEG; and once
more as the third of such a photo, where the face is too small for a photo decoded at half its size to show it all.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib.cbook
import numpy as np
import torch
from PIL import Image

from cgan_demo import weights
from cgan_demo.data.alignment import align
from cgan_demo.face_finder.predictor import Finder
from cgan_demo.images import open_image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--weights", type=Path, help="a weights folder; by default the one the page would use")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    finder = Finder(weights.load_network(options.weights or weights.find("face-finder")))
    with tempfile.TemporaryDirectory() as folder:
        photos = [options.photo] if options.photo else [large_photo(Path(folder) / f"{n}.jpg", n) for n in (1, 3)]
        for path in photos:
            measure(finder, path, options)


def measure(finder: Finder, path: Path, options: argparse.Namespace) -> None:
    """Print what one photo takes."""
    picture = open_image(path)
    found = finder(picture)
    apart = f"{found[0].distance:.0f} px between the eyes, " if found else ""
    print(f"{picture.width} x {picture.height} px, faces: {len(found)}, {apart}{options.threads} threads")
    parts: dict[str, Callable[[], object]] = {
        "open the file": lambda: open_image(path),
        "find the faces in the opened picture": lambda: finder(picture),
        "first look alone": lambda: finder.glance(picture),
        "align one face": lambda: align(picture, found[0]),
        "find and align, from the opened picture": lambda: finder.aligned(picture),
        "find the faces, from the file": lambda: finder(path),
        "find and align, from the file": lambda: finder.aligned(path),
    }
    for name, part in parts.items():
        print(f"{name}: {median(part, options.rounds):.0f} ms")


def large_photo(path: Path, shrink: int = 1) -> Path:
    """A JPEG of 12 megapixels with a face in it, which fills its share of the photo divided by `shrink`."""
    size = 3000 // shrink, 4000 // shrink
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        small = Image.open(file).convert("RGB").resize(size, Image.Resampling.BICUBIC)
    whole = Image.new("RGB", (3000, 4000), "gray")
    whole.paste(small, (0, 0))
    photo = np.asarray(whole, np.int16)
    noise = np.random.default_rng(0).normal(0, 4, photo.shape).astype(np.int16)
    Image.fromarray((photo + noise).clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def median(part: Callable[[], object], rounds: int) -> float:
    """Of `rounds` calls after one that warms up, in ms."""
    seconds = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        part()
        seconds.append(time.perf_counter() - begun)
    return 1000 * statistics.median(seconds[1:])


if __name__ == "__main__":
    main()
