"""Makes the example faces of the tab Age with our own latent-faces model, and checks that they are nobody's.

python tests/benchmarks/made_faces.py UTKFACE_FOLDER IDENTITY_FOLDER [--to assets/faces] [--compared 4000]
python tests/benchmarks/made_faces.py --sheet sheet.png --first 0 --count 100

The second makes a sheet of numbered seeds, off which `SEEDS` were chosen by eye. A face is refused that is nearer to a
training face than two people are by the embedding of `cgan_demo.evaluation.identity`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

import cgan_demo
from cgan_demo.data.faces import load_faces
from cgan_demo.evaluation import metrics
from cgan_demo.evaluation.identity import load_embedding

SEEDS = (393, 175, 534, 2, 317, 501, 75, 475)  # the tab opens with the first
TRUNCATION = 0.65
APART = 0.5  # distance of embeddings below which a face would be too much somebody's
COLUMNS = 10


def sheet(first: int, count: int) -> Image.Image:
    """The faces of `count` seeds, each with its number."""
    model = cgan_demo.load("latent-faces", device="cpu")
    side = model.size
    picture = Image.new("RGB", (side * COLUMNS, side * -(-count // COLUMNS)))
    for k in range(count):
        face = model(first + k, TRUNCATION)
        ImageDraw.Draw(face).text((2, 1), str(first + k), "yellow", stroke_width=1, stroke_fill="black")
        picture.paste(face, (side * (k % COLUMNS), side * (k // COLUMNS)))
    return picture


@torch.inference_mode()
def make(data: Path, identity: Path, to: Path, compared: int, cache: Path) -> None:
    """Write the faces of `SEEDS`, none of which is a training face.

    Raises:
        SystemExit: one lies too near to a training face.
    """
    model, embedding = cgan_demo.load("latent-faces", device="cpu"), load_embedding(identity)
    training, _ = load_faces(data, 128, cache)
    rows = np.unique(np.linspace(0, len(training) - 1, compared).round().astype(int))
    known = torch.cat([metrics.embed(np.stack([training.picture(i) for i in some]), embedding)
                       for some in np.array_split(rows, -(-len(rows) // 256))])  # fmt: skip
    to.mkdir(parents=True, exist_ok=True)
    for k, seed in enumerate(SEEDS):
        face = model(seed, TRUNCATION)
        away = (known - metrics.embed(np.asarray(face)[None], embedding)).norm(dim=1)
        print(f"{k + 1}: seed {seed}, {float(away.min()):.2f} from the nearest of {len(rows)} training faces")
        if away.min() < APART:
            raise SystemExit(f"Seed {seed} is too much like a training face: choose another.")
        face.save(to / f"{k + 1}.png", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("identity", type=Path, nargs="?", help="folder of the embedding's files")
    parser.add_argument("--to", type=Path, default=Path("assets/faces"))
    parser.add_argument("--compared", type=int, default=4000, help="training faces, spread over all of them")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    if options.sheet:
        sheet(options.first, options.count).save(options.sheet)
    elif options.data and options.identity:
        make(options.data, options.identity, options.to, options.compared, options.cache)
    else:
        parser.error("say where the training faces and the embedding's files are, or give --sheet")


if __name__ == "__main__":
    main()
