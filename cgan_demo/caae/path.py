"""A way through a latent space on which people grow old, and do not get glasses, a smile or another gender with it.

In a set of photographs old people wear glasses and are men more often than children are, and a GAN's age direction
brings that along. InterFaceGAN (Shen, Yang, Tang, Zhou, TPAMI 2020, section 3.3) takes such attributes out by making
directions orthogonal; what follows age is not linear in it, so here each step's correction is solved for, until the
mean of what `series.looks` measures is what it was at the start.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..images import from_pixels
from .series import AMOUNTS, TRUNCATION, Walker, looks

FIRST_SEED = 300_000
PEOPLE = 96  # whose means are held
LEARNT_FROM = 500  # people off whom the directions of the looks are read
ROUNDS = 2
RIDGE, DAMPING = 50.0, 0.05
FURTHEST = 3.0  # deviations along one direction
STEP = 1.2  # deviations of a round

Measure = Callable[[Tensor], tuple[np.ndarray, np.ndarray]]  # latents (N, Z) -> ages (N,), looks and gender (N, 6)


def balanced_path(walker: Walker, vector: Tensor, estimator: nn.Module) -> np.ndarray:
    """What is added to a latent to go along `vector` by each of `AMOUNTS` with the rest kept, float32 (k, Z).

    Args:
        vector: the age direction, of unit length, (Z,).
        estimator: (N, 3, S, S) in [-1, 1] -> years (N,), share of woman (N,).
    """
    measure = _measure(walker, estimator)
    basis = _directions(walker, vector, measure)
    start = torch.stack([walker.place(FIRST_SEED + i, TRUNCATION) for i in range(PEOPLE)])
    _, seen = measure(start)
    target, spread = seen.mean(0), seen.std(0) + 1e-3
    path = np.zeros((len(AMOUNTS), len(vector)), np.float32)
    before = {-1: np.zeros(len(basis)), 1: np.zeros(len(basis))}
    for k in sorted(range(len(AMOUNTS)), key=lambda k: abs(AMOUNTS[k])):  # outwards, each from where the last one ended
        amount = AMOUNTS[k]
        side = 1 if amount > 0 else -1
        if amount:
            before[side] = _solved(start + amount * vector, basis, before[side], measure, target, spread)
        path[k] = (amount * vector).numpy() + before[side] @ basis.numpy() * bool(amount)
    return path


def _measure(walker: Walker, estimator: nn.Module) -> Measure:
    @torch.inference_mode()
    def measure(latents: Tensor) -> tuple[np.ndarray, np.ndarray]:
        faces = np.concatenate([np.stack([np.asarray(p) for p in walker.paint(part)]) for part in latents.split(64)])
        ages, women = [], []
        for part in np.array_split(faces, -(-len(faces) // 64)):
            years, share = estimator(from_pixels(part))
            ages.append(years.numpy())
            women.append(share.numpy())
        woman = np.concatenate(women)
        gender = np.log((woman + 0.02) / (1.02 - woman))
        return np.concatenate(ages), np.concatenate([gender[:, None], looks(faces)], 1)

    return measure


def _directions(walker: Walker, vector: Tensor, measure: Measure) -> Tensor:
    """Unit vectors along which gender and looks change most, made orthogonal to `vector`, (6, Z)."""
    people = torch.stack([walker.place(FIRST_SEED + PEOPLE + i, TRUNCATION) for i in range(LEARNT_FROM)])
    latents = torch.cat([people + amount * vector for amount in (-3.0, -1.0, 0.0, 1.0, 3.0)])
    _, seen = measure(latents)
    z = (latents - latents.mean(0)).numpy()
    slopes = np.linalg.solve(z.T @ z + RIDGE * np.eye(z.shape[1]), z.T @ (seen - seen.mean(0))).T
    basis = torch.from_numpy(slopes.astype(np.float32))
    basis = F.normalize(basis)
    basis = basis - (basis @ vector)[:, None] * vector
    return F.normalize(basis)


def _solved(
    moved: Tensor, basis: Tensor, guess: np.ndarray, measure: Measure, target: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """How far to go along each of `basis` so that the means are as they were: damped Newton steps, (6,)."""
    shares = guess.copy()
    half = moved[: len(moved) // 2]
    for _ in range(ROUNDS):
        offset = torch.from_numpy(shares.astype(np.float32)) @ basis
        _, seen = measure(moved + offset)
        error, near = (seen.mean(0) - target) / spread, seen[: len(half)].mean(0)
        columns = [(measure(half + offset + 0.5 * b)[1].mean(0) - near) / spread / 0.5 for b in basis]
        jacobian = np.stack(columns, 1)
        step = np.linalg.solve(jacobian.T @ jacobian + DAMPING * np.eye(len(basis)), jacobian.T @ error)
        shares = np.clip(shares - np.clip(step, -STEP, STEP), -FURTHEST, FURTHEST)
    return shares
