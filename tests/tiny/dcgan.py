"""Latent spaces: DCGAN with four objectives, the projected generator, and the inverter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cgan_demo.dcgan.inverter import InverterRecipe
from cgan_demo.dcgan.light import LightGenerator, ProjectedRecipe
from cgan_demo.dcgan.model import assembled
from cgan_demo.dcgan.paper import DCGANRecipe
from cgan_demo.weights import save_network

from . import LATE, SMALL, Features, Systems, prepared


def write_inputs(folder: Path) -> None:
    save_network(assembled(LightGenerator(64, 6, (8, 8, 8, 8), (4, 4)).eval()), folder / "latent", "dcgan")


def systems(features: Features) -> Systems:
    paper = DCGANRecipe(latent=6, width=16, judge_width=4, **SMALL)
    light = ProjectedRecipe(latent=6, widths=(8,) * 4, fine=(4, 4), load_size=64, **SMALL, **LATE)
    inverter = InverterRecipe(width=4, widest=8, ramp=(0.0, 0.1), **SMALL, **LATE)
    return {
        "dcgan": prepared(paper, "flowers"),
        "dcgan, wgan": prepared(replace(paper, objective="wgan", critic_steps=2, batch=4), "flowers"),
        "dcgan, wgan-gp": prepared(replace(paper, objective="wgan-gp", norm="channel"), "flowers"),
        "dcgan, hinge": prepared(replace(paper, objective="hinge", norm="spectral"), "flowers"),
        "latent": prepared(light, "flowers", features=features),
        "inverter": prepared(inverter, "flowers", base="latent", features=features),
    }
