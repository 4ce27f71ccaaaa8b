"""The section "Why GANs fail" of the tab "Latent space": a game in the plane, trained while one watches."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ..events import PRIVATE
from ..parts import part
from ..seeds import seed_field, seed_of
from .games import CRITIC_STEPS, MIXTURES, OBJECTIVES, Tables, game_of

INTRO = """
Pictures have too many dimensions to see what goes wrong in them. Here a small generator learns eight (or 25) clusters
of points in the plane, against a small discriminator D, in your session and from nothing."""
WATCH = {
    "Minimax (2014)": "The generator lowers log(1 − D), which is flat where D is sure: press “Only D learns”, and its "
    "gradient vanishes. While both learn evenly, D is seldom sure for long, and even this objective works.",
    "Non-saturating (2014)": "The generator raises log D instead, whose gradient grows as D gets sure: press “Only D "
    "learns”. Watch samples jump from cluster to cluster while others stay empty: modes are missed.",
    "LSGAN": "D's errors are squared instead of put through a logarithm, which keeps the gradients small and even, as "
    "the chart shows. Watch clusters come and go: what was covered is lost again.",
    "WGAN, clipped": "D is a critic whose weights are clipped, so that its slope is bounded and its landscape plain: "
    "too plain for eight hills. Watch the cloud be pulled to and fro without filling the clusters.",
    "WGAN-GP": "The critic is asked for a slope of 1 between real and made points, in place of clipping. Watch all "
    "clusters of the ring be found early and fill up; of those of the grid half stay empty.",
    "Hinge": "D is corrected only where it is not sure enough, and the generator follows its plain value. Watch long "
    "arrows and restless samples: on the ring most clusters are covered, and one or two are missing at any time.",
}
# Clusters covered on average in the second half of a game, D making one step for each of the generator's: of the 8 of
# the ring and of the 25 of the grid, each without and with the autoencoder term. tests/benchmarks/toy.py, two seeds.
COVERED = {
    "Minimax (2014)": (8.0, 8.0, 17.5, 19.3),
    "Non-saturating (2014)": (5.0, 7.9, 17.7, 18.0),
    "LSGAN": (7.1, 7.9, 18.8, 15.4),
    "WGAN, clipped": (2.3, 6.8, 7.9, 16.6),
    "WGAN-GP": (8.0, 8.0, 12.5, 20.4),
    "Hinge": (7.5, 8.0, 17.8, 18.1),
}
TERM = "Autoencoder term: an encoder reads every point back, and G has to return it"
TERM_INFO = (
    "On the ring missed clusters come back: non-saturating, {0[1]:g} of 8 on average in place of {0[0]:g}. On the grid "
    "it helps the two WGANs (WGAN-GP, {1[3]:g} of 25 in place of {1[2]:g}), the others little, and LSGAN not at all."
).format(COVERED["Non-saturating (2014)"], COVERED["WGAN-GP"])
# Measured by the same with --held, and held by a test.
HOLD = """“Only D learns” holds the generator, its points in a heap. After 20 of D's steps on the ring, D gives true
points 0.95 or more and made ones 0.05 or less; minimax then leaves the generator less than a tenth of the gradient that
the non-saturating objective does, and the latter goes on growing. On the grid the heap hides the cluster in the middle:
D cannot be sure there, and minimax's gradient does not vanish."""
# Games do not hold up the models, nor each other.
GAME: dict[str, Any] = {**PRIVATE, "concurrency_id": "toy", "concurrency_limit": 2, "show_progress": "hidden"}
AT_ONCE: dict[str, Any] = {**PRIVATE, "queue": False, "show_progress": "hidden"}
FIRST = "Non-saturating (2014)"


@dataclass(frozen=True)
class Components:
    mixture: gr.Radio
    objective: gr.Radio
    critic: gr.Radio
    term: gr.Checkbox
    go: gr.Button
    hold: gr.Button
    stop: gr.Button
    seed: gr.Number
    dice: gr.Button
    watch: gr.Markdown
    plane: gr.HTML


def build(fold: gr.Accordion) -> None:
    """Lay out the section in its fold and wire it."""
    ui, tables = _layout(), Tables()

    def play(
        mixture: str, objective: str, term: bool, critic: str, seed: float | None, request: gr.Request
    ) -> Iterator[str]:
        game = game_of(mixture, objective, term, critic, seed_of(seed))
        yield from tables.play(str(request.session_hash), game)

    def hold(mixture: str, seed: float | None, request: gr.Request) -> Iterator[str]:
        game = game_of(mixture, "Minimax (2014)", False, "1", seed_of(seed))
        yield from tables.hold(str(request.session_hash), game)

    def stop(request: gr.Request) -> None:
        tables.stop(str(request.session_hash))

    fold.expand(tables.warm, **GAME)
    choices = [ui.mixture, ui.objective, ui.term, ui.critic, ui.seed]
    ui.go.click(play, choices, ui.plane, **GAME, trigger_mode="multiple")
    ui.hold.click(hold, [ui.mixture, ui.seed], ui.plane, **GAME, trigger_mode="multiple")
    ui.stop.click(stop, **AT_ONCE)
    ui.objective.change(told, ui.objective, ui.watch, **AT_ONCE)
    ui.dice.click(lambda: random.randint(0, 99_999), None, ui.seed, **AT_ONCE)


def told(objective: str) -> str:
    """What is to be seen under an objective, and how many clusters it covered when it was measured."""
    ring, ring_term, grid, grid_term = COVERED[objective]
    return (
        f"{WATCH[objective]}\n\nCovered on average: {ring:g} of 8 on the ring and {grid:g} of 25 on "
        f"the grid; with the autoencoder term {ring_term:g} and {grid_term:g}."
    )


def _layout() -> Components:
    gr.Markdown(INTRO)
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=300):
            mixture = gr.Radio(list(MIXTURES), value="Ring of 8", label="What is to be learnt", elem_id="toy-mixture")
            objective = gr.Radio(list(OBJECTIVES), value=FIRST, label="Objective", elem_id="toy-objective")
            label = "D's steps for each of the generator's"
            critic = gr.Radio(list(CRITIC_STEPS), value="1", label=label, elem_id="toy-critic")
            term = gr.Checkbox(False, label=TERM, info=TERM_INFO, elem_id="toy-term")
            with gr.Row(equal_height=True):
                go = gr.Button("Train", variant="primary", min_width=80, elem_id="toy-go")
                hold = gr.Button("Only D learns", min_width=110, elem_id="toy-hold")
                stop = gr.Button("Stop", min_width=80, elem_id="toy-stop")
            with gr.Row(equal_height=True):
                seed = seed_field(0, "Seed", "toy-seed", min_width=80)
                dice = gr.Button("Another", min_width=80, elem_id="toy-dice")
            watch = gr.Markdown(told(FIRST), elem_id="toy-watch")
            gr.Markdown(HOLD, elem_classes="hint", elem_id="toy-held")
        with gr.Column(scale=6, min_width=320):
            plane = part("toyplane", None, "toy-plane")
    return Components(mixture, objective, critic, term, go, hold, stop, seed, dice, watch, plane)
