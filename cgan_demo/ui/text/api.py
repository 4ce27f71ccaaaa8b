"""The tab "Text → Picture" as an API. It answers with files, which the page deletes after some hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from ...errors import InputError
from ..api import offer
from ..seeds import integer
from .painting import COUNT, DOMAINS, Painting, opening
from .view import UNSEEN, quoted

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from ...gan_cls.predictor import Reading

NAMED, LONG = 5, 20  # unseen words that an error names, and letters of each
# Words that say nothing of what to paint; some are words of other languages, too.
_SMALL = "a an and are as at be by for has have i in is it its of on or that the there this to was with"
SMALL = frozenset(_SMALL.split())


def endpoints(painting: Painting, domains: Sequence[str]) -> None:
    """Lay out the hidden components of the endpoints, one for each domain."""

    def painter(domain: str) -> Callable[..., Any]:
        def paint(sentence: str, count: float, seed: float) -> list[tuple[Image.Image, str]]:
            """Paint what an English sentence says, such as "a red flower with round petals".

            The caption of each picture is its seed, and the words that the model never saw, if there are any.
            """
            number, first = integer(count, "count"), integer(seed, "seed")
            model = painting.painter(domain)
            aside = remark(model.read(sentence), opening(domain).examples[0])
            pictures = model.variations(sentence, number, first)
            return [(picture, f"seed {first + i}{aside}") for i, picture in enumerate(pictures)]

        paint.__name__ = DOMAINS[domain].replace("-", "_")
        return paint

    with gr.Group(visible=False):
        sentence = gr.Textbox(label="sentence")
        count = gr.Number(COUNT, label="count: how many pictures, 1 to 64")
        seed = gr.Number(0, label="seed of the first; the others' follow")
        pictures = gr.Gallery(label="pictures with their seeds", format="png")
        for domain in domains:
            offer(painter(domain), [sentence, count, seed], pictures)


def remark(reading: Reading, example: str) -> str:
    """What captions say of the words that were never seen in training; nothing where there are none.

    Raises:
        InputError: there are, and no other word says what to paint.
    """
    unseen = list(dict.fromkeys(word.text for word in reading.words if not word.known))
    if not unseen:
        return ""
    if all(word.text in SMALL for word in reading.words if word.known):
        more = f" and {len(unseen) - NAMED} more" if len(unseen) > NAMED else ""
        names = quoted(word if len(word) <= LONG else word[:LONG] + "…" for word in unseen[:NAMED])
        raise InputError(f"{UNSEEN}: {names}{more}. Say in English what it looks like, as in “{example}”.")
    return f", {UNSEEN.lower()}: {quoted(unseen)}"
