"""The command line: cgan-demo serve | train | export | evaluate | compare | make-pairs | pull | push | import | …"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from .console import check_options, print_anything, say_the_rest
from .errors import CganDemoError
from .files import FULL


@dataclass(frozen=True)
class Serve:
    """Open the page."""

    host: str | None = None
    """Address to listen on; GRADIO_SERVER_NAME or 127.0.0.1 by default."""
    port: int | None = None
    """GRADIO_SERVER_PORT or the first free one from 7860 by default."""
    share: bool = False
    """Also open a public address through gradio's tunnel."""
    mcp: bool = False
    """Also serve the page's calls as the tools of an MCP server."""

    def run(self) -> None:
        from .serving import serve

        serve(self.host, self.port, self.share, self.mcp)


@dataclass(frozen=True)
class MakePairs:
    """Draw the edges of every photo in a folder, and write drawing | photo pairs to train on."""

    photos: Annotated[Path, tyro.conf.Positional]
    """A folder, or a zip or tar archive."""
    to: Annotated[Path, tyro.conf.Positional]
    weights: Path | None = None
    """Weights folder of photo-to-edges; by default the one the page would use."""
    hed: Path | None = None
    """Draw with HED instead, which knows photos of anything: its .weights.h5 file (see bicyclegan/hed.py)."""
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from . import weights
        from .bicyclegan.drawn import make_pairs
        from .bicyclegan.hed import load_hed
        from .data.download import obtain

        photos = obtain(self.photos, self.cache)
        ours = self.weights or weights.find("photo-to-edges")
        network = load_hed(self.hed) if self.hed is not None else weights.load_network(ours)
        print(f"{self.to}: {make_pairs(network, photos, self.to)} pairs.")


@dataclass(frozen=True)
class Directions:
    """Find directions through a model's latent space, measure what they do, and write them into its weights folder."""

    folder: Annotated[Path, tyro.conf.Positional]
    """The weights folder of the model, such as weights/latent-faces."""
    data: str
    """What it was trained on: of faces age and gender become directions, of other pictures colours."""
    samples: int = 3000
    """Pictures that are painted and read to find the directions."""
    principal: int = 3
    """How many of the generator's own directions are added."""
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from .data.download import obtain
        from .dcgan.directions import write_directions

        write_directions(self.folder, obtain(self.data, self.cache), self.cache, self.samples, self.principal)


@dataclass(frozen=True)
class Pull:
    """Download a model's weights from the Hub into the cache, or into a folder."""

    model: Annotated[str, tyro.conf.Positional]
    to: Path | None = None

    def run(self) -> None:
        from . import weights

        print(weights.pull(self.model, to=self.to))


@dataclass(frozen=True)
class Push:
    """Publish a model's weights folder (card, licence, config, safetensors) on the Hub, under a tag."""

    model: Annotated[str, tyro.conf.Positional]
    repo: Annotated[str, tyro.conf.Positional]
    """owner/name of the model repo; made where it does not exist."""
    revision: str | None = None
    """Tag of what is published, by default the revision that the catalog pins; one that the repo has is refused."""

    def run(self) -> None:
        from . import weights

        print(weights.push(self.model, self.repo, revision=self.revision))


@dataclass(frozen=True)
class Import:
    """Turn a generator of the most used public implementation of pix2pix and CycleGAN into a weights folder.

    Its latest_net_G.pth may be of unet_128, unet_256, resnet_6blocks, resnet_9blocks or their like, with batch or
    instance norm, of 1, 3 or 4 channels.
    """

    checkpoint: Annotated[Path, tyro.conf.Positional]
    to: Annotated[Path, tyro.conf.Positional]
    dropout: bool = True
    """Keep the dropout of training, as their test script does; a U-Net, whose file does not say so, is taken to have
    had it."""
    eval: bool = False
    """As the original's test script with --eval: running statistics in batch norms, and no dropout."""
    part: str | None = None
    """Of a file with several generators: the name that the one lies under, such as netG_A."""

    def run(self) -> None:
        from . import weights
        from .pix2pix.importing import described, import_checkpoint

        folder = import_checkpoint(self.checkpoint, self.to, dropout=self.dropout, eval_mode=self.eval, part=self.part)
        print(f"Wrote {folder}: {described(weights.read_config(folder))}.")


class Train:
    """Train a model, through all its stages, and measure it; `cgan-demo train MODEL --help` lists its options."""


class Export:
    """Write the averaged network of a run as a weights folder."""


class Evaluate:
    """Measure a model on its validation set; `cgan-demo evaluate MODEL --help` lists its options."""


class Compare:
    """Train variants equally long, which differ in one thing, and measure them; --help lists the comparisons."""


COMMANDS: dict[str, Callable[..., Any]] = {
    "serve": Serve,
    "train": Train,
    "export": Export,
    "evaluate": Evaluate,
    "compare": Compare,
    "make-pairs": MakePairs,
    "directions": Directions,
    "pull": Pull,
    "push": Push,
    "import": Import,
}
DEPENDING = ("train", "export", "evaluate", "compare")  # on what else they say, for their options


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; an error meant for the user is one line on standard error and exit status 1."""
    print_anything()
    words = sys.argv[1:] if arguments is None else arguments
    status = _run(lambda: _depending(*words) if words and words[0] in DEPENDING else _fixed(words))
    say_the_rest()
    return status


def _depending(name: str, *words: str) -> None:
    from .training import command

    getattr(command, name)(words)


def _fixed(words: list[str]) -> None:
    command = tyro.extras.subcommand_cli_from_dict(COMMANDS, args=words, prog="cgan-demo")
    check_options(command)
    command.run()


def _run(work: Callable[[], None]) -> int:
    try:
        work()
    except CganDemoError as error:
        print(f"cgan-demo: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who read the output has left
        return 1
    except OSError as error:
        if error.errno not in FULL:
            raise
        where = f"{error.filename} could not be written" if error.filename else "A file could not be written"
        print(f"cgan-demo: {where} ({error.strerror}). Make room and give the command again.", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name not in ("accelerate", "torchmetrics", "matplotlib"):
            raise
        print(
            f"cgan-demo: {error.name} is missing. Install the training extra: pip install -e '.[train]'",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
