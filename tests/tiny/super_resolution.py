"""Super-resolution: the light networks with and without references, SRResNet, SRGAN and SRNTT."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cgan_demo.features import LITE0, VGG19Features
from cgan_demo.super_resolution.light import Sizes
from cgan_demo.super_resolution.task import RECIPES

from . import SMALL, Features, Systems, prepared


def write_inputs(folder: Path) -> None:
    from safetensors.torch import save_file

    save_file(VGG19Features().state_dict(), folder / "vgg.safetensors")


def systems(features: Features) -> Systems:
    sizes, small = Sizes(8, 1, 8, 8, 8, (2, 1)), {"side": 32, **SMALL}

    def bundled(name: str, **given: Any) -> Any:
        return prepared(replace(RECIPES[name], sizes=sizes, **small), "scenes", **given)

    def published(name: str, vgg: dict[str, str] | None = None, **changes: Any) -> Any:
        return prepared(replace(RECIPES[name], width=4, blocks=1, **small, **changes), "scenes", **(vgg or {}))

    vgg, critic = {"vgg": "vgg.safetensors"}, {"critic_width": 2}
    return {
        "plain": bundled("plain"),
        "describer": prepared(replace(RECIPES["matching"], sizes=sizes, asked=20, **small), "scenes"),
        "faithful": bundled("faithful"),
        "sharp": bundled("sharp", features=lambda: features(LITE0[:3], 32)),
        "srresnet": published("srresnet"),
        "srgan": published("srgan", vgg, content="relu2_1", **critic),
        "srntt": published("srntt", vgg, merges=(1, 1, 1), content="relu3_1", warm_up=0.3, **critic),
    }
