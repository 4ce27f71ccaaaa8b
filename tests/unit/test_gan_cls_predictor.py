"""Text to image: the predictor."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo import catalog
from cgan_demo.errors import InputError, WeightsCorrupt
from cgan_demo.gan_cls.encoder import JointEmbedding
from cgan_demo.gan_cls.light import TextGenerator
from cgan_demo.gan_cls.model import TextToImage, assembled, with_style
from cgan_demo.gan_cls.predictor import TextPainter, make_predictor
from cgan_demo.gan_cls.style import NoiseEncoder

WORDS = ("a", "flower", "red", "with", "petals")


def bare() -> TextToImage:
    torch.manual_seed(0)
    generator = TextGenerator(64, (8,) * 5, 16)
    for block in generator.blocks:  # they begin deaf to the sentence
        torch.nn.init.normal_(block.conv2.weight, 0, 0.3)  # type: ignore[arg-type, union-attr]
    return assembled(JointEmbedding(WORDS, 12, 50, 8, 8).text, generator)


@pytest.fixture(scope="module")
def painter() -> TextPainter:
    predictor = catalog.room("gan_cls").predictor(with_style(bare(), NoiseEncoder(64, 8)), "cpu", "text-to-thing")
    assert isinstance(predictor, TextPainter) and predictor.model_id == "text-to-thing" and predictor.size == 64
    return predictor


def same(a: Image.Image, b: Image.Image) -> bool:
    """Up to a rounding: convolutions of other batch sizes add in another order."""
    return bool(np.abs(np.asarray(a, int) - np.asarray(b, int)).max() <= 1)


def test_a_sentence_gives_pictures_that_can_be_made_again(painter: TextPainter) -> None:
    made = painter.variations("A red flower!", 3, seed=5)
    assert len(made) == 3 and all(p.size == (64, 64) and p.mode == "RGB" for p in made)
    assert same(painter("a red flower", seed=7), made[2])
    assert not same(made[0], made[1]) and not same(painter("petals", 5), made[0])
    assert len(painter.variations("a flower")) == 8


def test_the_count_of_before_gives_a_list_and_says_what_to_write(painter: TextPainter) -> None:
    with pytest.warns(DeprecationWarning, match=r"write model\.variations\(sentence, n"):
        made = painter("a red flower", count=1, seed=7)
    assert len(made) == 1 and same(made[0], painter("a red flower", seed=7))


def test_a_seed_gives_the_same_noise_whatever_the_count(painter: TextPainter) -> None:
    many = painter.noise(3, 5)
    assert many.shape == (5, 100) and torch.equal(painter.noise(5, 2), many[2:4])


def test_words_that_were_never_seen_are_shown(painter: TextPainter) -> None:
    reading = painter.read("A RED, flowery thing")
    assert [(w.text, w.known) for w in reading.words] == [
        ("a", True),
        ("red", True),
        ("flowery", False),
        ("thing", False),
    ]
    assert reading.vector.shape == (256,) and reading.sentence == "A RED, flowery thing"


def test_words_in_other_letters_are_shown_and_not_taken_to_pieces(painter: TextPainter) -> None:
    words = {word.text: word.known for word in painter.read("a große 花 red Blüten_petals").words}
    assert words == {"a": True, "große": False, "花": False, "red": True, "bluten": False, "petals": True}


def test_a_style_is_taken_over(painter: TextPainter) -> None:
    photo = Image.effect_noise((90, 70), 80).convert("RGB")
    style = painter.style_of(photo)
    assert style.shape == (100,)
    made = painter.variations("a red flower", 3, seed=2, style=photo)
    assert same(made[0], painter.paint(painter.read("a red flower").vector, style[None])[0])
    assert same(made[0], painter("a red flower", 2, photo))
    assert not same(made[1], made[2])
    near = painter.around(torch.ones(100), torch.randn(4000, 100))
    assert torch.equal(near[0], torch.ones(100)) and abs(float(near[1:].square().mean()) - 1) < 0.02
    with pytest.raises(InputError, match="no style encoder"):
        TextPainter(bare()).style_of(photo)


def test_ways_between_begin_and_end_where_they_should(painter: TextPainter) -> None:
    way = painter.between_sentences("a red flower", "petals", seed=4, steps=5)
    ends = painter("a red flower", 4), painter("petals", 4)
    assert len(way) == 5 and same(way[0], ends[0]) and same(way[-1], ends[1])
    way = painter.between_seeds("a flower", 4, 9, steps=6)
    ends = painter("a flower", 4), painter("a flower", 9)
    assert len(way) == 6 and same(way[0], ends[0]) and same(way[-1], ends[1])
    assert len(painter.between_seeds("a flower", 4, 4, steps=2)) == 2


@pytest.mark.parametrize("sentence", ["", "  ", "?!", "a" * 301, None, 7, "花"])
def test_sentences_that_cannot_be_read(painter: TextPainter, sentence: object) -> None:
    with pytest.raises(InputError, match="sentence"):
        painter(sentence)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"count": 65}, {"count": 2.0}, {"seed": -1}, {"seed": 2**32}, {"seed": "x"}, {"seed": True}]
)
def test_numbers_that_cannot_be_used(painter: TextPainter, wrong: dict) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        painter.variations("a flower", **wrong)


def test_steps_that_cannot_be_used(painter: TextPainter) -> None:
    with pytest.raises(InputError, match="steps"):
        painter.between_seeds("a flower", 0, 1, steps=1)


def test_an_embedding_alone_cannot_paint() -> None:
    with pytest.raises(WeightsCorrupt, match="only reads sentences"):
        make_predictor(JointEmbedding(WORDS, 12, 50, 8, 8), model_id="reader")


def test_numbers_of_numpy_count_by_their_value(painter: TextPainter) -> None:
    told = painter.variations("a red flower", np.int64(2), np.uint32(7))
    assert [p.tobytes() for p in told] == [p.tobytes() for p in painter.variations("a red flower", 2, 7)]
