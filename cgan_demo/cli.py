"""The command line: cgan-demo serve | train | evaluate | ablation | export | pull | push | import."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from .console import check_options, print_anything, say_the_rest
from .errors import CganDemoError
from .files import FULL

if TYPE_CHECKING:
    from .training.loop import RunSettings
    from .training.record import Plan

# What `train` can set of a recipe that has it.
SETTINGS = ("batch", "crop", "load_size", "precision", "width", "depth", "content", "made")
OPTIONS = ("reverse", "scenes", "identity", "vgg", "base")  # what it hands to the room, where the room has it


def _given(command: Any, *names: str) -> dict[str, Any]:
    """Those of a command's options that were given."""
    return {name: value for name in names if (value := getattr(command, name)) is not None}


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
class Train:
    """Train a model from a folder of pairs (or a published set's name, such as maps)."""

    model: Annotated[str, tyro.conf.Positional]
    """Model id, such as map-to-aerial."""
    data: str
    """Folder with train/ and val/, an archive, or one of maps, facades, edges2shoes, edges2handbags."""
    hours: float | None = None
    """Budget in hours; or give --images."""
    images: int | None = None
    """Budget in images seen."""
    recipe: str | None = None
    """bundled by default. This and every other option that says what is learned: as the run was begun, where it was."""
    system: str | None = None
    """The system of a model that the catalog does not have: pix2pix (default), caae, srntt, gan_cls or dcgan."""
    run_dir: Path | None = None
    """Where checkpoints, samples and stats go; runs/MODEL by default. An existing run goes on."""
    reverse: bool | None = None
    """Take the right-hand picture as input; by default what the model id says."""
    scenes: Path | None = None
    """Of the face finder: a folder of photographs that faces are put into."""
    identity: Path | None = None
    """Of face ageing by pairs: the folder of face-api's networks (see evaluation/apparent_age.py)."""
    vgg: Path | None = None
    """Of srgan and srntt: a safetensors file of VGG-19, named as torchvision does; by default that is downloaded."""
    content: str | None = None
    """Of srgan and srntt: the layer of VGG-19 that the content loss looks at, such as relu2_2."""
    base: Path | None = None
    """Weights folder of what was trained before. Text to image: encoder, bundled, style. Latent: bundled, inverter."""
    batch: int | None = None
    crop: int | None = None
    load_size: int | None = None
    width: int | None = None
    """Channels of the paper's generator at its first level."""
    depth: int | None = None
    """Levels of the paper's generator; crops are multiples of 2**depth."""
    made: int | None = None
    """Of face ageing by pairs: people that our own GAN makes."""
    seed: int | None = None
    """0 by default."""
    precision: Literal["auto", "no", "bf16", "fp16"] | None = None
    """By default what the recipe says. It may change when a run goes on."""
    cpu: bool = False
    workers: int = 0
    checkpoint_minutes: float = 5.0
    cache: Path = Path("runs/cache")
    warm_start: Path | None = None
    """A weights folder whose generator a new run begins with; a run with a checkpoint goes on from that."""

    def run(self) -> None:
        import torch

        from .catalog import system_of, workshop
        from .data.download import obtain
        from .training import record
        from .training.loop import train
        from .training.runs import refuse_unknown

        run_dir = self.run_dir or Path("runs") / self.model
        plan = self._plan(run_dir)
        room = workshop(system_of(self.model, plan.system))
        refuse_unknown(room.prepare, self.model, _given(self, *OPTIONS))
        recipe = self._recipe(plan, room.recipe_for(self.model, plan.recipe))
        settings = self._settings(recipe, plan.seed)
        data, goes_on = obtain(self.data, self.cache), record.begun(run_dir)
        torch.manual_seed(plan.seed)  # the networks' first weights
        options = {name: value for name, value in plan.options.items() if name != "warm_start"}
        system, dataset = room.prepare(self.model, recipe, data, plan.seed, self.cache, **options)
        if not goes_on:
            if "warm_start" in plan.options:
                room.warm_start(system, Path(plan.options["warm_start"]))
            record.keep(run_dir, plan, recipe, self.data)
        result = train(system, dataset, run_dir, settings)
        record.keep(run_dir, plan, recipe, self.data)  # of a folder from before, whose checkpoint has fitted
        state = "finished" if result.finished else "stopped; run the command again to go on"
        print(f"{run_dir}: {result.images} images in {result.seconds / 3600:.2f} h, {state}.")

    def _plan(self, run_dir: Path) -> Plan:
        from .catalog import system_of
        from .training.record import planned

        options = _given(self, *OPTIONS, "warm_start")
        plan = planned(run_dir, self.model, self.system, self.recipe, self.seed, _given(self, *SETTINGS), options)
        return replace(plan, system=system_of(self.model, plan.system))

    def _recipe(self, plan: Plan, named: Any) -> Any:
        """The recipe with everything that this command or the first one changed of it."""
        from .training.runs import refuse

        given = _given(self, *SETTINGS)
        has = {f.name for f in fields(named)}
        refuse(f"The recipe {plan.recipe} of {self.model}", {name: given[name] for name in given if name not in has})
        return plan.recipe_of(named)

    def _settings(self, recipe: Any, seed: int) -> RunSettings:
        from .training.loop import RunSettings

        return RunSettings.of(
            recipe,
            images=self.images,
            hours=self.hours,
            seed=seed,
            checkpoint_minutes=self.checkpoint_minutes,
            workers=self.workers,
            cpu=self.cpu,
        )


@dataclass(frozen=True)
class Export:
    """Write the averaged generator of a run as a weights folder (safetensors and config)."""

    model: Annotated[str, tyro.conf.Positional]
    run_dir: Path | None = None
    to: Path | None = None
    """Target folder; weights/MODEL by default."""
    recipe: str | None = None
    """Of a folder that has no run.json; bundled by default."""
    base: Path | None = None
    """The weights folder that the run was given as --base, where it has moved."""
    system: str | None = None
    """The system of a model that the catalog does not have: pix2pix (default), caae, srntt, gan_cls or dcgan."""

    def run(self) -> None:
        from . import weights
        from .catalog import system_of, workshop
        from .training.record import planned
        from .training.runs import refuse_unknown

        run_dir = self.run_dir or Path("runs") / self.model
        plan = planned(run_dir, self.model, self.system, self.recipe, options=_given(self, "base"))
        system = system_of(self.model, plan.system)
        room = workshop(system)
        refuse_unknown(room.averaged_generator, self.model, _given(self, "base"))
        base = {"base": plan.options["base"]} if "base" in plan.options else {}
        net = room.averaged_generator(run_dir, plan.recipe_of(room.recipe_for(self.model, plan.recipe)), **base)
        folder = self.to or Path("weights") / self.model
        weights.save_network(net, folder, system)
        print(f"Wrote {folder}.")


@dataclass(frozen=True)
class MakePairs:
    """Draw the edges of every photo in a folder, and write drawing | photo pairs to train on."""

    photos: Annotated[Path, tyro.conf.Positional]
    """A folder, or a zip or tar archive."""
    to: Annotated[Path, tyro.conf.Positional]
    weights: Path | None = None
    """Weights folder of photo-to-edges; by default the one the page would use."""
    hed: Path | None = None
    """Draw with HED instead, which knows photos of anything: its .weights.h5 file (see pix2pix/hed.py)."""
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from . import weights
        from .data.download import obtain
        from .pix2pix.edges import make_pairs
        from .pix2pix.hed import load_hed

        photos = obtain(self.photos, self.cache)
        ours = self.weights or weights.find("photo-to-edges")
        network = load_hed(self.hed) if self.hed is not None else weights.load_network(ours)
        print(f"{self.to}: {make_pairs(network, photos, self.to)} pairs.")


@dataclass(frozen=True)
class Evaluate:
    """Measure a model on the validation pairs with the paper's protocols."""

    model: Annotated[str, tyro.conf.Positional]
    data: str
    weights: Path | None = None
    """Weights folder; by default the one the page would use."""
    system: str | None = None
    """The system of a model that the catalog does not have: pix2pix (default), caae, srntt, gan_cls or dcgan."""
    judge_images: int | None = None
    """Pictures that a judge trained for the protocol sees: of maps the FCN-score's recogniser, 6,000 by default; of
    faces the judge of ages, 24,000; of text to image the judge of matches, 200,000."""
    samples: int | None = None
    """Of text to image: pictures made for the captions of each split, 2,048 by default."""
    size: int | None = None
    """Of text to image and latent spaces: px to which everything is brought first, by default the model's own."""
    identity: Path | None = None
    """Faces: the folder with the files of the embedding that identity is measured with (see evaluation/identity.py)."""
    estimator: Path | None = None
    """Faces: age-v1.onnx, whose figures of age count (see evaluation/apparent_age.py)."""
    scenes: Path | None = None
    """Of the face finder: the folder of photographs that training got too; those held out are taken."""
    vgg: Path | None = None
    """Of super-resolution: a safetensors file of VGG-19, to measure distances in its features too."""
    plot: Path | None = None
    """Of super-resolution: also draw what references of each kind gain, to this file."""
    to: Path | None = None
    """Also write the figures as JSON."""
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from . import weights
        from .catalog import system_of, workshop
        from .data.download import obtain

        network, data = weights.load_network(self.weights or weights.find(self.model)), obtain(self.data, self.cache)
        room = workshop(system_of(self.model, self.system))
        given = _given(self, "judge_images", "samples", "size", "identity", "estimator", "scenes", "vgg", "plot")
        figures = room.evaluate(self.model, network, data, self.cache, **given)
        if self.to is not None:
            self.to.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Ablation:
    """The paper's ablation: objectives, skips and patch sizes at an equal number of images seen."""

    data: str
    images: int = 20000
    """Crops that each configuration sees."""
    batch: int = 4
    to: Path = Path("runs/ablation")
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from .data.download import obtain
        from .pix2pix.ablation import ablation

        ablation(obtain(self.data, self.cache), self.to, self.images, cache=self.cache, batch=self.batch)


@dataclass(frozen=True)
class SketchAblation:
    """What adversary, extra photos, roughened drawings and codes buy a sketch model, at an equal number of pictures."""

    model: Annotated[Literal["edges-to-shoes", "edges-to-handbags"], tyro.conf.Positional]
    data: str
    """All pairs."""
    official: str
    """The pairs among them whose drawings are the set's own, with the validation pairs."""
    images: int = 3000
    """Pictures that each variant sees."""
    to: Path | None = None
    """runs/ablation-MODEL by default."""
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from .bicyclegan.ablation import sketch_ablation
        from .data.download import obtain
        from .ui.drawings import BAGS, SHOES, drawings

        hands = list(drawings(SHOES if self.model == "edges-to-shoes" else BAGS).values())
        data, official = (obtain(name, self.cache) for name in (self.data, self.official))
        to = self.to or Path("runs") / f"ablation-{self.model}"
        sketch_ablation(self.model, data, official, hands, to, self.images, cache=self.cache)


@dataclass(frozen=True)
class AgeingAblation:
    """What D_z and D_img buy the paper's face ageing, at an equal number of faces; a table and a sheet of faces."""

    data: str
    images: int = 6000
    """Faces that each variant sees."""
    width: int = 64
    """Channels of the generator at its largest maps; the paper's are 64."""
    faces: Path = Path("assets/faces")
    """Aligned faces for the sheet."""
    also: tuple[str, ...] = ("face-aging",)
    """Models of the catalog that the sheet shows, too."""
    to: Path = Path("runs/ablation-face-aging")
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from . import weights
        from .caae.ablation import PAPER, ageing_ablation, sheet, trained
        from .data.download import obtain
        from .data.pictures import read_picture

        recipe = replace(PAPER, width=self.width)
        ageing_ablation(obtain(self.data, self.cache), self.to, self.images, cache=self.cache, base=recipe)
        networks = trained(self.to, recipe) | {
            name: weights.load_network(weights.find(name)).eval() for name in self.also
        }
        pictures = [read_picture(path) for path in sorted(self.faces.glob("*.png"))[1:8:3]]
        sheet(networks, pictures).save(self.to / "sheet.jpg", quality=90)


@dataclass(frozen=True)
class TextAblation:
    """The paper's GAN, GAN-CLS, GAN-INT and GAN-INT-CLS at an equal number of pictures: a table and a sheet."""

    data: str
    base: Path | None = None
    """Weights folder whose sentence encoder is used, such as weights/text-to-flower; by default one is trained."""
    images: int = 20000
    """Pictures that each variant sees."""
    width: int = 128
    """Channels of the generator at 32 px; the paper's are 128."""
    batch: int = 64
    samples: int = 2048
    """Pictures made for each split to measure."""
    to: Path = Path("runs/ablation-text")
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from .data.download import obtain
        from .gan_cls.ablation import PAPER, embedding, sheet, text_ablation, trained

        recipe = replace(PAPER, width=self.width, judge_width=max(1, self.width // 2), batch=self.batch)
        data = obtain(self.data, self.cache)
        base = self.base or embedding(data, self.to, self.cache)
        text_ablation(data, base, self.to, self.images, cache=self.cache, recipe=recipe, samples=self.samples)
        sheet(trained(self.to, base, recipe)).save(self.to / "sheet.png")


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
        from . import weights
        from .data.download import obtain
        from .dcgan.directions import find_directions
        from .dcgan.workshop import latent_model, qualities_of

        qualities = qualities_of(obtain(self.data, self.cache), self.cache)
        found = find_directions(latent_model(self.folder), qualities, self.samples, self.principal)
        weights.save_network(found, self.folder, "dcgan")
        for direction in found.directions:
            print(f"{direction.name}: {direction.effect:+.2f} {direction.measure}, agreement {direction.agreement:.2f}")


@dataclass(frozen=True)
class CompareObjectives:
    """Train DCGAN with each of six objectives on equally many pictures; a table, loss curves and samples."""

    data: str
    """A folder of pictures, such as flowers or UTKFace."""
    images: int = 60000
    """Pictures that each objective sees."""
    only: tuple[str, ...] = ()
    """Objectives by name; by default all of minimax, non-saturating, lsgan, wgan, wgan-gp, hinge."""
    width: int = 256
    """Channels of the generator at 4 px; the paper's are 1024."""
    judge_width: int = 32
    """Channels of the discriminator's first convolution; the paper's are 64."""
    batch: int = 64
    also: tuple[str, ...] = ()
    """Models of the catalog, or weights folders, that are measured and shown beside them."""
    to: Path = Path("runs/objectives")
    cache: Path = Path("runs/cache")
    cpu: bool = False

    def run(self) -> None:
        from . import weights
        from .data.download import obtain
        from .dcgan.comparison import compare_objectives
        from .dcgan.workshop import latent_model

        folders = {name: Path(name) if Path(name).is_dir() else weights.find(name) for name in self.also}
        also = {folder.name: latent_model(folder) for folder in folders.values()}
        compare_objectives(
            obtain(self.data, self.cache),
            self.to,
            self.images,
            self.only or None,
            self.cache,
            width=self.width,
            judge_width=self.judge_width,
            batch=self.batch,
            also=also,
            cpu=self.cpu,
        )


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


COMMANDS: dict[str, Callable[..., Any]] = {
    "serve": Serve,
    "train": Train,
    "export": Export,
    "make-pairs": MakePairs,
    "evaluate": Evaluate,
    "ablation": Ablation,
    "sketch-ablation": SketchAblation,
    "ageing-ablation": AgeingAblation,
    "compare-objectives": CompareObjectives,
    "directions": Directions,
    "text-ablation": TextAblation,
    "pull": Pull,
    "push": Push,
    "import": Import,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; an error meant for the user is one line on standard error and exit status 1."""
    print_anything()
    command = tyro.extras.subcommand_cli_from_dict(COMMANDS, args=arguments, prog="cgan-demo")
    status = _run(command)
    say_the_rest()
    return status


def _run(command: Any) -> int:
    try:
        check_options(command)
        command.run()
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
