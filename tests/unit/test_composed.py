"""Sentences composed from a table: many, of words that the facts have, and in what the encoder and G learn from."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cgan_demo.data.fake import write_fake_captioned
from cgan_demo.errors import DataError
from cgan_demo.gan_cls.composed import composed
from cgan_demo.gan_cls.dataset import COMPOSED, TABLE, load_captioned
from cgan_demo.gan_cls.encoder_training import EncoderStream, vocabulary_of
from cgan_demo.gan_cls.recolor import families
from cgan_demo.gan_cls.stream import SentenceStream

FACTS = {
    "size": "small",
    "main": "orange and white",
    "crown": "orange with a crest",
    "wings": "black",
    "belly": "white",
    "bill_colour": "yellow",
    "bill_shape": "long hooked",
    "legs": "pink",
    "extras": ["an orange throat"],
}


def sentences(count: int = 400) -> list[str]:
    return [composed(FACTS, np.random.default_rng(i)) for i in range(count)]


def test_the_same_facts_are_said_in_many_ways_and_never_wrongly():
    said = sentences()
    assert len(set(said)) > 200 and said == sentences()
    told = set().union(*map(families, said))
    assert told == families("orange white black yellow pink")
    assert not any(" a orange" in f" {s}" or "," in s or "  " in s for s in said)
    assert any("bill" in s for s in said) and any("beak" in s for s in said)
    for sentence in said:
        if "wings" in sentence.split():
            assert "black" in sentence


def test_some_say_all_and_some_next_to_nothing():
    lengths = [len(s.split()) for s in sentences()]
    assert min(lengths) <= 3 and max(lengths) > 14


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    folder = write_fake_captioned(tmp_path / "birds", per_class=3)
    names = {line.split(",")[2] for line in (folder / "labels.csv").read_text().splitlines()[1:]}
    (folder / TABLE).write_text(json.dumps({name: FACTS for name in sorted(names)[1:]}))  # one is not described
    return folder


def test_they_are_among_what_encoder_and_generator_learn_from(birds: Path, tmp_path: Path):
    data = load_captioned(birds, tmp_path / "cache", 64)
    assert len(data.composed) == 11 and {len(group) for group in data.composed.values()} == {COMPOSED}
    vocabulary = vocabulary_of(data, 50)
    stream = EncoderStream(data, np.zeros((2, len(data), 4), np.float16), vocabulary)
    rng, row = (
        np.random.default_rng(0),
        int(next(i for i in data.rows("train") if int(data.labels[i]) in data.composed)),
    )
    drawn = [stream._sentence(row, rng) for _ in range(40)]
    assert 5 < sum(s in data.captions[row] for s in drawn) < 35
    heard: list[str] = []

    def read(part: list[str]) -> torch.Tensor:
        heard.extend(part)
        return torch.zeros(len(part), 256)

    SentenceStream(data, SimpleNamespace(read=read))  # type: ignore[arg-type]
    assert set(heard) & {s for group in data.composed.values() for s in group}


def test_a_table_that_lacks_a_column_is_told(birds: Path, tmp_path: Path):
    table = json.loads((birds / TABLE).read_text())
    for facts in table.values():
        del facts["belly"], facts["wings"]
    (birds / TABLE).write_text(json.dumps(table))
    with pytest.raises(DataError, match="lacks a column"):
        load_captioned(birds, tmp_path / "cache", 64)
