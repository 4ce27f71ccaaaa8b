"""Makes the example faces of the tab Age: each is decoded from the mixed codes of three faces of about one age.

python tests/benchmarks/made_faces.py UTKFACE_FOLDER [--to assets/faces] [--seed 1]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from cgan_demo import weights
from cgan_demo.caae.dataset import load_faces
from cgan_demo.images import to_pil

AGES = (5, 18, 25, 30, 35, 45, 55, 70)  # years
NEAR = 4  # years


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--to", type=Path, default=Path("assets/faces"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    network = weights.load_network(weights.find("face-aging")).eval()
    training, _ = load_faces(options.data, 128, Path("runs/cache"))
    rng = np.random.default_rng(options.seed)
    options.to.mkdir(parents=True, exist_ok=True)
    for k, age in enumerate(AGES):
        gender = k % 2
        alike = np.flatnonzero((training.genders == gender) & (np.abs(training.ages - age) < NEAR))
        three = np.stack([training.picture(i) for i in rng.choice(alike, 3, replace=False)])
        codes = network.encode(torch.from_numpy(three).permute(0, 3, 1, 2).float() / 127.5 - 1)
        shares = torch.tensor(rng.dirichlet([1, 1, 1])).float().view(3, 1, 1, 1)
        face = network.decode((codes * shares).sum(0, keepdim=True), torch.tensor([float(age)]), torch.tensor([gender]))
        to_pil(face.clamp(-1, 1)).save(options.to / f"{k + 1}.png")


if __name__ == "__main__":
    main()
