"""What is served of the latent room: a generator, an inverter, and named directions in one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ..errors import DataError
from ..weights import load_network

if TYPE_CHECKING:
    from .inverter import Inverter

FRAMINGS = ("middle", "face")


@dataclass(frozen=True)
class Direction:
    """A way to go from any latent, and what it does.

    name: what a slider is called, such as "age".
    low, high: amounts between which it was measured; what the ends look like is said by `less` and `more`.
    source: where it comes from, such as "labelled samples" or "first layer".
    measure: what was measured along it, such as "years"; "" where nothing is.
    effect: how much the measure rises from `low` to `high`, on average.
    agreement: mean rank correlation of amount and measure, -1 to 1.
    """

    name: str
    low: float = -3.0
    high: float = 3.0
    less: str = ""
    more: str = ""
    source: str = ""
    measure: str = ""
    effect: float = 0.0
    agreement: float = 0.0


class LatentModel(nn.Module, PyTorchModelHubMixin):
    """Everything that walking a latent space needs.

    Args:
        generator: the generator's class, such as "LightGenerator"; painter: its arguments.
        reader: arguments of `Inverter`; None for none.
        directions: fields of `Direction`, one dict for each; the vectors are a buffer, (K, Z), of unit length.
        framing: what an uploaded picture is cut to: "middle", its middle square; "face", its face.

    Shape: (N, Z) -> (N, 3, size, size).
    """

    vectors: Tensor

    def __init__(
        self,
        generator: str = "LightGenerator",
        painter: dict[str, Any] | None = None,
        reader: dict[str, Any] | None = None,
        directions: Sequence[dict[str, Any]] = (),
        framing: str = "middle",
    ):
        super().__init__()
        if framing not in FRAMINGS:
            raise ValueError(f"framing is one of {', '.join(FRAMINGS)}, not {framing!r}.")
        known = _networks()
        self.generator = known[generator](**(painter or {}))
        self.inverter = known["Inverter"](**reader) if reader is not None else None
        self.directions = tuple(Direction(**d) for d in directions)
        self.framing = framing
        self.register_buffer("vectors", torch.zeros(len(self.directions), self.latent))

    @property
    def latent(self) -> int:
        return int(self.generator.latent)  # type: ignore[arg-type]

    @property
    def size(self) -> int:
        """Side of the pictures in px."""
        return int(self.generator.size)  # type: ignore[arg-type]

    @property
    def prior(self) -> str:
        """What z is drawn from: "normal" or "uniform"."""
        return str(self.generator.prior)

    def forward(self, z: Tensor) -> Tensor:
        return self.generator(z)


def _networks() -> dict[str, Any]:
    """By name. They stand beside recipes whose trainings end in a `LatentModel`, and so are asked for late."""
    from .inverter import Inverter
    from .light import LightGenerator
    from .paper import DCGANGenerator

    return {network.__name__: network for network in (DCGANGenerator, LightGenerator, Inverter)}


def arguments(network: Any) -> dict[str, Any]:
    """What a network of the Hub mixin was built with, and lists in place of tuples, as in its config.json."""
    given = dict(getattr(network, "_hub_mixin_config", None) or {})
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


def latent_model(folder: Path) -> LatentModel:
    """The model of a weights folder.

    Raises:
        DataError: the folder holds another network.
    """
    network = load_network(folder)
    if not isinstance(network, LatentModel):
        raise DataError(f"{folder} holds {type(network).__name__}, which is no model of a latent space.")
    return network


def assembled(generator: nn.Module, framing: str = "middle") -> LatentModel:
    """A model of a generator alone."""
    model = LatentModel(type(generator).__name__, arguments(generator), framing=framing)
    model.generator.load_state_dict(generator.state_dict())
    return model.eval()


def with_inverter(model: LatentModel, inverter: Inverter) -> LatentModel:
    """The same model with an inverter that was trained for its generator."""
    read = LatentModel(**{**arguments(model), "reader": arguments(inverter)})
    kept = {name: value for name, value in model.state_dict().items() if not name.startswith("inverter.")}
    read.load_state_dict(kept | {f"inverter.{name}": value for name, value in inverter.state_dict().items()})
    return read.eval()


def with_directions(model: LatentModel, directions: Sequence[Direction], vectors: Tensor) -> LatentModel:
    """The same model with other directions; vectors (K, Z), one for each."""
    told = LatentModel(**{**arguments(model), "directions": [asdict(d) for d in directions]})
    told.load_state_dict(model.state_dict() | {"vectors": vectors})
    return told.eval()
