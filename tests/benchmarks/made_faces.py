"""Makes the example faces of the tab Age: each is decoded from the evenly mixed codes of eight faces of about one age.

python tests/benchmarks/made_faces.py UTKFACE_FOLDER IDENTITY_FOLDER [--to assets/faces] [--seed 1]

The network copies well: a mix that leans on one face is that person. So shares are even, and a mix is drawn again until
it is as far from each of its faces as two people are by the embedding of `cgan_demo.evaluation.identity`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from cgan_demo import weights
from cgan_demo.caae.dataset import load_faces
from cgan_demo.evaluation import metrics
from cgan_demo.evaluation.identity import load_embedding
from cgan_demo.images import to_pil

AGES = (35, 30, 25, 45, 55, 70, 18, 8)  # years; the tab opens with the first
NEAR = 4  # years
MIXED = 8  # faces
APART = 0.6  # distance of embeddings from which dlib takes two faces for two people


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("identity", type=Path, help="folder of the embedding's files")
    parser.add_argument("--to", type=Path, default=Path("assets/faces"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    network = weights.load_network(weights.find("face-aging")).eval()
    embedding = load_embedding(options.identity)
    training, _ = load_faces(options.data, 128, Path("runs/cache"))
    rng = np.random.default_rng(options.seed)
    options.to.mkdir(parents=True, exist_ok=True)
    for k, age in enumerate(AGES):
        gender, nearest = k % 2, 0.0
        alike = np.flatnonzero((training.genders == gender) & (np.abs(training.ages - age) < NEAR))
        while nearest < APART:
            some = np.stack([training.picture(i) for i in rng.choice(alike, MIXED, replace=False)])
            code = network.encode(torch.from_numpy(some).permute(0, 3, 1, 2).float() / 127.5 - 1).mean(0, keepdim=True)
            face = to_pil(network.decode(code, torch.tensor([float(age)]), torch.tensor([gender])).clamp(-1, 1))
            away = metrics.embed(some, embedding) - metrics.embed(np.asarray(face)[None], embedding)
            nearest = float(away.norm(dim=1).min())
        face.save(options.to / f"{k + 1}.png")
        print(f"{k + 1}: {age} years, {nearest:.2f} from the nearest of its faces")


if __name__ == "__main__":
    main()
