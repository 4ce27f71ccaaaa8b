"""What is served: the text encoder, a generator and maybe a style encoder in one, and how it is put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ..errors import DataError
from ..training.runs import grow_from
from ..training.system import System
from ..training.task import Recipe
from ..weights import load_network
from .encoder import JointEmbedding, TextEncoder

Network = TypeVar("Network", bound=nn.Module)


class TextToImage(nn.Module, PyTorchModelHubMixin):
    """Everything that a typed sentence needs: the text encoder, the generator, and the style encoder.

    Args:
        words: the vocabulary, in the order of its numbers.
        reader: arguments of `TextEncoder` beside them.
        generator: the generator's class, "TextGenerator" or "PaperGenerator"; painter: its arguments.
        style: arguments of `style.NoiseEncoder`; None for none.

    Shape: tokens (N, L, 1 + P), noise (N, 100) -> (N, 3, size, size).
    """

    def __init__(
        self,
        words: Sequence[str],
        reader: dict[str, Any] | None = None,
        generator: str = "TextGenerator",
        painter: dict[str, Any] | None = None,
        style: dict[str, Any] | None = None,
    ):
        super().__init__()
        from .light import TextGenerator  # whose recipes, beside them, make such models
        from .paper import PaperGenerator
        from .style import NoiseEncoder

        generators: dict[str, type[nn.Module]] = {"TextGenerator": TextGenerator, "PaperGenerator": PaperGenerator}
        self.encoder = TextEncoder(words, **(reader or {}))
        self.generator = generators[generator](**(painter or {}))
        self.style = NoiseEncoder(**style) if style is not None else None

    def forward(self, tokens: Tensor, noise: Tensor) -> Tensor:
        return self.generator(noise, self.encoder(tokens))


def _arguments(network: Any) -> dict[str, Any]:
    """What a network of the Hub mixin was built with."""
    return dict(network._hub_mixin_config)


def assembled(encoder: TextEncoder, generator: Any) -> TextToImage:
    """A model, in `eval()`, of a generator and the text encoder on whose vectors it was trained."""
    model = TextToImage(encoder.vocabulary.known, encoder.sizes, type(generator).__name__, _arguments(generator))
    model.encoder.load_state_dict(encoder.state_dict())
    model.generator.load_state_dict(generator.state_dict())
    return model.eval()


def with_style(model: TextToImage, style: nn.Module) -> TextToImage:
    """The same model with a `style.NoiseEncoder` that was trained against its generator."""
    styled = TextToImage(**{**_arguments(model), "style": _arguments(style)})
    styled.load_state_dict(model.state_dict() | {f"style.{k}": v for k, v in style.state_dict().items()})
    return styled.eval()


def loaded(base: Path | None, *kinds: type[Network]) -> Network:
    """The network in the folder that was given as --base.

    Raises:
        DataError: none was given, or it holds none of these kinds.
    """
    made_by = "encoder" if kinds[0] is JointEmbedding else "bundled"
    if base is None:
        raise DataError(f"Say with --base where the weights folder is that the recipe {made_by} was exported to.")
    network = load_network(base)
    if not isinstance(network, kinds):
        raise DataError(f"{base} holds {type(network).__name__}; give --base one that {made_by} was exported to.")
    return network


def sentence_encoder(base: Path | None) -> TextEncoder:
    """The text encoder of an embedding, or of a model, in the folder that was given as --base; see `loaded`."""
    found = loaded(base, JointEmbedding, TextToImage)
    return found.text if isinstance(found, JointEmbedding) else found.encoder  # type: ignore[return-value]


class TextRecipe(Recipe):
    """Learns from pictures with captions.

    load_size: px a side of the pictures.
    """

    load_size: int

    def part(self, given: nn.Module) -> nn.Module | None:
        """What of another network this recipe's can begin with."""
        return given.generator if isinstance(given, TextToImage) else given

    def warm_start(self, system: System, folder: Path) -> None:
        """Give a new generator the weights of a smaller or equal one, or a new style encoder those of another.

        A generator of 128 px takes over one of 64 px whole, and begins by enlarging what it makes.

        Raises:
            DataError: the folder holds another network.
        """
        grow_from(system.networks["generator"], self.part(load_network(folder)), folder)
