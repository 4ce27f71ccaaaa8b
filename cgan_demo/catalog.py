"""The one table of models, and the door to each system's room. Nothing is read or imported until it is asked for."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import UnknownModel, WeightsCorrupt

if TYPE_CHECKING:
    from torch import nn

    from .training.task import Task


@dataclass(frozen=True)
class Model:
    """One trained instance of a system."""

    id: str  # kebab-case, input to output
    system: str  # the package that is its room
    title: str
    summary: str
    source: str  # what goes in
    target: str  # what comes out
    hub_repo: str
    revision: str  # tag or commit of hub_repo
    sha256: str | None = None  # of model.safetensors; None: not verified


@dataclass(frozen=True)
class Room:
    """What serving needs of a system: its networks by the name in config.json, and its predictor."""

    networks: Mapping[str, type[nn.Module]]
    predictor: Callable[..., Any]  # (network, device, model_id) -> predictor


FORMER = {"srntt": "super_resolution"}  # names of systems in a config.json or run.json from before
# Networks of one system, whatever a config.json from before says.
MOVED = {"SketchGenerator": "bicyclegan", "UNetGenerator": "pix2pix", "FaceFinder": "face_finder"}

MODELS: tuple[Model, ...] = (
    Model(
        id="map-to-aerial",
        system="pix2pix",
        title="Map to aerial",
        summary="Turns a street map into an aerial photograph of the place it might show.",
        source="map",
        target="aerial",
        hub_repo="cgan-demo/map-to-aerial",
        revision="v1",
        sha256="d767c53d54bcc222412f3a7cb92b65f7612431ae0a094d513ea98326cae49650",
    ),
    Model(
        id="aerial-to-map",
        system="pix2pix",
        title="Aerial to map",
        summary="Draws the street map of what an aerial photograph shows.",
        source="aerial",
        target="map",
        hub_repo="cgan-demo/aerial-to-map",
        revision="v1",
        sha256="86dff4e9eb55c065f240c381b6c7ee2c0793c402564a4d19d03316473db61dc6",
    ),
    Model(
        id="photo-to-edges",
        system="pix2pix",
        title="Photo to edges",
        summary="Draws the edges of a shoe or bag photo as thin black lines.",
        source="photo",
        target="drawing",
        hub_repo="cgan-demo/photo-to-edges",
        revision="v1",
        sha256="7d176195db296916fa5277c6fb0da45815a87b16967acbff89502a1b5ddd42b7",
    ),
    Model(
        id="edges-to-cats",
        system="bicyclegan",
        title="Edges to cats",
        summary="Turns a line drawing into photos of the cat it shows.",
        source="drawing",
        target="cat",
        hub_repo="cgan-demo/edges-to-cats",
        revision="v1",
        sha256="86b415dd75e0d278d67a0eee230f671319029b5fad776ffc79f39cac8c1e7124",
    ),
    Model(
        id="edges-to-shoes",
        system="bicyclegan",
        title="Edges to shoes",
        summary="Turns a line drawing into photos of the shoe it shows.",
        source="drawing",
        target="shoe",
        hub_repo="cgan-demo/edges-to-shoes",
        revision="v1",
        sha256="37ae7aa61caf92084e8d5a1c3363cc5e34c4e364d25acdb9128101e533402be2",
    ),
    Model(
        id="edges-to-handbags",
        system="bicyclegan",
        title="Edges to handbags",
        summary="Turns a line drawing into photos of the bag it shows.",
        source="drawing",
        target="bag",
        hub_repo="cgan-demo/edges-to-handbags",
        revision="v1",
        sha256="b733512598284c6759c092f7faa625b26bcb82032f8b8cf9604dd07926769309",
    ),
    Model(
        id="labels-to-facade",
        system="bicyclegan",
        title="Labels to façade",
        summary="Turns a plan of windows, doors and walls into photos of the house front.",
        source="labels",
        target="facade",
        hub_repo="cgan-demo/labels-to-facade",
        revision="v1",
        sha256="e485b74f44bbb503c80c3ae8308a3b3258448b908a0b6805ff2f207b58cf0ae3",
    ),
    Model(
        id="face-aging",
        system="caae",
        title="Face ageing",
        summary="Shows a face at any age from 1 to 80.",
        source="face",
        target="face at another age",
        hub_repo="cgan-demo/face-aging",
        revision="v1",
        sha256="6e5ecefea48ee34e848121cbf251385ac77d987c31e9393eb1d552ef72a1978e",
    ),
    Model(
        id="face-finder",
        system="face_finder",
        title="Face finder",
        summary="Finds the faces of a photo and says where their eyes are.",
        source="photo",
        target="eyes",
        hub_repo="cgan-demo/face-finder",
        revision="v1",
        sha256="c693698d6e1584846830aa75dde4517e57cfc87fd1c746d686781e5f1464e9a9",
    ),
    Model(
        id="super-resolution",
        system="super_resolution",
        title="Super-resolution",
        summary="Makes a picture four times as large, with the help of other photos where there are any.",
        source="small picture",
        target="large picture",
        hub_repo="cgan-demo/super-resolution",
        revision="v1",
        sha256="d4da7b00ac40f80375df65118072ed645c4adeb23c93b1aeb5db5929e260d268",
    ),
    Model(
        id="text-to-flower",
        system="gan_cls",
        title="Text to flower",
        summary="Paints the flower that a sentence describes.",
        source="sentence",
        target="flower",
        hub_repo="cgan-demo/text-to-flower",
        revision="v1",
        sha256="da4d649a905358c71cce51756749e639c018ea22e2fbc62b8cb7524446087e53",
    ),
    Model(
        id="text-to-bird",
        system="gan_cls",
        title="Text to bird",
        summary="Paints the bird that a sentence describes.",
        source="sentence",
        target="bird",
        hub_repo="cgan-demo/text-to-bird",
        revision="v1",
        sha256="9b0960827f370d8f60841eb4422cf2f5fee029ff8706f139935e3e6c335d884a",
    ),
    Model(
        id="latent-faces",
        system="dcgan",
        title="Latent space of faces",
        summary="Makes faces that nobody has, and walks between them.",
        source="latent",
        target="face",
        hub_repo="cgan-demo/latent-faces",
        revision="v1",
        sha256="388a6e5beaab0966b6d522b7d4fa6dbed9da426d2c621d5c18ba750b7f88947e",
    ),
    Model(
        id="latent-flowers",
        system="dcgan",
        title="Latent space of flowers",
        summary="Makes flowers that grow nowhere, and walks between them.",
        source="latent",
        target="flower",
        hub_repo="cgan-demo/latent-flowers",
        revision="v1",
        sha256="7b740d9a0e6c822c2dc6f3115641572c477c00c091556abe1198702cca0f5c97",
    ),
    Model(
        id="horse-to-zebra",
        system="cyclegan",
        title="Horse to zebra",
        summary="Paints stripes on the horses of a photo.",
        source="horse",
        target="zebra",
        hub_repo="cgan-demo/horse-to-zebra",
        revision="v1",
        sha256="4e4005ae001bceec6d4e1de1d1f54d8de8f5ffe27bad3ca27936bf59ce704e2a",
    ),
    Model(
        id="zebra-to-horse",
        system="cyclegan",
        title="Zebra to horse",
        summary="Paints over the stripes of the zebras of a photo.",
        source="zebra",
        target="horse",
        hub_repo="cgan-demo/zebra-to-horse",
        revision="v1",
        sha256="e693e293a1b84d40746fdef300dbf5512bd234f06bc71e93011c702b39efc309",
    ),
)


def list_models() -> list[str]:
    """The ids of all models in the catalog."""
    return [model.id for model in MODELS]


def systems() -> list[str]:
    """The systems of all models; each is a package with `room()` and, in `task.py`, `TASKS`."""
    return list(dict.fromkeys(model.system for model in MODELS))


def get(model_id: str) -> Model:
    """The row of `model_id`.

    Raises:
        UnknownModel: there is none; the message lists the ids and names the nearest.
    """
    for model in MODELS:
        if model.id == model_id:
            return model
    near = difflib.get_close_matches(str(model_id), list_models(), n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise UnknownModel(f"There is no model {model_id!r}; the models are {', '.join(list_models())}.{hint}")


def room(system: str) -> Room:
    """Import the networks and the predictor of `system`.

    Raises:
        WeightsCorrupt: no such system; the name comes from a config.json.
    """
    name = FORMER.get(system, system)
    if name not in systems():
        raise WeightsCorrupt(f"There is no system {system!r}; the systems are {', '.join(systems())}.")
    return importlib.import_module(f".{name}", __package__).room()


def task(model_id: str, like: str | None = None) -> Task:
    """What the command line needs to train and measure `model_id`: its row's, or that of the model `like`.

    Raises:
        UnknownModel: neither is in the catalog.
    """
    model = get(like or model_id)
    tasks: Mapping[str, Task] = importlib.import_module(f".{model.system}.task", __package__).TASKS
    return tasks[model.id]


def experiments() -> dict[str, Any]:
    """The comparisons of all rooms by name; see `training.task`."""
    found: dict[str, Any] = {}
    for system in systems():
        found |= getattr(importlib.import_module(f".{system}.task", __package__), "EXPERIMENTS", {})
    return found
