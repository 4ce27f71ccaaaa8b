"""Text to image: data, words, the joint embedding, networks, losses by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cgan_demo.data.fake import write_fake_captioned
from cgan_demo.errors import DataError
from cgan_demo.gan_cls.dataset import load_captioned, unseen_classes
from cgan_demo.gan_cls.encoder import (
    JointEmbedding,
    TextEncoder,
    discrepancy,
    instance_loss,
    joint_embedding_loss,
    pooled,
)
from cgan_demo.gan_cls.light import TextGenerator, cut_out
from cgan_demo.gan_cls.matching import MatchingDiscriminator, MatchingHead, MatchingHinge, matching_aware_penalty
from cgan_demo.gan_cls.model import TextToImage, assembled, with_style
from cgan_demo.gan_cls.paper import Algorithm1, PaperDiscriminator, PaperGenerator, interpolated
from cgan_demo.gan_cls.recolor import FAMILY, NEIGHBOURS, families, recolored
from cgan_demo.gan_cls.style import NoiseEncoder, style_loss
from cgan_demo.gan_cls.text import PIECES, Vocabulary, pieces, words
from cgan_demo.weights import load_network, save_network

WORDS = ("a", "flower", "red", "with", "petals")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = write_fake_captioned(tmp_path_factory.mktemp("flowers"))
    return load_captioned(folder, folder / "cache", 32)


# Data


def test_classes_and_pictures_are_held_out_for_good(data) -> None:
    unseen = unseen_classes(data.names)
    assert len(data) == 72 and data.images.shape == (72, 32, 32, 3) and len(unseen) == 2
    assert set(data.labels[data.rows("unseen")]) == set(unseen)
    assert not set(data.labels[data.rows("train")]) & set(unseen)
    assert 1 <= len(data.rows("val")) <= 15 and len(data.rows("train")) > 40
    assert data.captions[0][0].startswith("a red flower with 4 round petals")
    assert data.sentences == [
        ["a white lily tall and thin", "it is white"],
        ["a red rose with many petals", "this one is red"],
    ]


def test_a_fifth_of_the_classes_is_unseen_whatever_their_order() -> None:
    names = {i: f"kind {i}" for i in range(102)}
    held = {names[i] for i in unseen_classes(names)}
    assert len(held) == 20
    turned = {101 - i: name for i, name in names.items()}
    assert {turned[i] for i in unseen_classes(turned)} == held


def test_what_is_wrong_with_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no .*labels\.csv"):
        load_captioned(tmp_path, tmp_path, 32)
    folder = write_fake_captioned(tmp_path / "data", per_class=1)
    captions = json.loads((folder / "captions.json").read_text())
    (folder / "captions.json").write_text(json.dumps({**captions, "image_00000": []}))
    with pytest.raises(DataError, match="says nothing of 1 pictures, the first is image_00000"):
        load_captioned(folder, tmp_path, 32)
    (folder / "captions.json").write_text(json.dumps(captions))
    (folder / "images" / "image_01000.png").unlink()
    with pytest.raises(DataError, match="names image_01000"):
        load_captioned(folder, tmp_path, 32)
    (folder / "captions.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read as JSON"):
        load_captioned(folder, tmp_path, 32)
    (folder / "labels.csv").write_text("image,kind\na,1\n")
    with pytest.raises(DataError, match="needs the columns"):
        load_captioned(folder, tmp_path, 32)


# Words


def test_sentences_become_words() -> None:
    assert words("It's a BLUE-grey Résumé, 2 petals!") == ["its", "a", "blue", "grey", "resume", "2", "petals"]
    assert words(" ?! ") == []


def test_a_misspelling_shares_most_of_its_pieces() -> None:
    right, wrong, other = (set(pieces(word, 10**6)) for word in ("stamen", "stamin", "red"))
    assert len(right & wrong) >= 6 and not right & other
    assert len(pieces("a" * 99, 50)) == PIECES and max(pieces("petals", 50)) < 50


def test_a_vocabulary_knows_what_came_up_often_enough() -> None:
    vocabulary = Vocabulary.of(["red red petals", "red petals", "blue"], at_least=2)
    assert vocabulary.known == ("red", "petals") and "blue" not in vocabulary and len(vocabulary) == 2
    tokens = vocabulary.tokens(["Petals, blue", "red"])
    assert tokens.shape == (2, 2, 1 + PIECES)
    assert tokens[:, :, 0].tolist() == [[2, 0], [1, 0]] and tokens[0, 1, 1] > 0 and not tokens[1, 1].any()


def test_colours_are_exchanged_for_others_that_are_not_near() -> None:
    rng = np.random.default_rng(0)
    choices = ("red", "yellow", "blue", "white", "pink")
    for _ in range(20):
        said = recolored("a crimson flower with red lines and a yellow heart", rng, choices)
        assert said is not None and said.split()[0] == "a" and "crimson" not in said and "red" not in said
        first, second = said.split()[1], said.split()[4]
        assert first == second and frozenset((FAMILY["red"], FAMILY[first])) not in NEIGHBOURS
    assert recolored("a flower with long petals", rng, choices) is None
    assert families("red and crimson and blue") == {FAMILY["red"], FAMILY["blue"]}


# The joint embedding


def test_a_sentence_vector_does_not_depend_on_its_neighbours() -> None:
    encoder = TextEncoder(WORDS, 50, 8, 8).eval()
    alone = encoder.read(["a red flower"])
    beside = encoder.read(["a flower with red petals and a very long tail of words", "a red flower"])[1:]
    assert alone.shape == (1, 256) and torch.allclose(alone, beside, atol=1e-5)
    assert torch.allclose(alone.norm(), torch.tensor(16.0), atol=1e-4)
    assert not torch.allclose(alone, encoder.read(["flower red a"]), atol=1e-2)


def test_words_never_seen_are_told_apart_by_their_pieces() -> None:
    encoder = TextEncoder(WORDS, 500, 8, 8).eval()
    a, b = encoder.read(["a crimsonish flower", "a bluish flower"])
    assert not torch.allclose(a, b, atol=1e-3)


def test_the_text_encoder_is_small() -> None:
    words_ = [f"word{i}" for i in range(2500)]
    assert sum(p.numel() for p in TextEncoder(words_).parameters()) < 1.4e6


def test_joint_embedding_loss_by_hand() -> None:
    scores = torch.tensor([[2.0, 1.5, 0.0], [0.5, 1.0, 0.25], [0.0, 3.0, 1.0]])
    labels = torch.tensor([5, 5, 9])
    # Pictures: class means over the sentences of class 5 (columns 0, 1) and of class 9 (column 2).
    #   n=0: own 2:  5: max(0, 1.75-2)=0,     9: 1 + 0 - 2 = -1    -> 0
    #   n=1: own 1:  5: 0.75-1 -> 0,          9: 1 + 0.25 - 1      -> 0.25
    #   n=2: own 1:  5: 1 + 1.5 - 1 = 1.5,    9: 0                 -> 1.5
    # Sentences: the same of the transposed scores.
    #   n=0: own 2:  5: 1.25-2 -> 0,          9: 1 + 0 - 2         -> 0
    #   n=1: own 1:  5: 1.25-1 = 0.25,        9: 1 + 3 - 1 = 3     -> 3
    #   n=2: own 1:  5: 1 + 0.125 - 1,        9: 0                 -> 0.125
    by_hand = ((0 + 0.25 + 1.5) / 3 + (0 + 3 + 0.125) / 3) / 2
    assert math.isclose(float(joint_embedding_loss(scores, labels)), by_hand, rel_tol=1e-6)


def test_discrepancy_by_hand() -> None:
    torch.manual_seed(0)
    some, others = (F.normalize(torch.randn(n, 8), dim=1) * 8**0.5 for n in (3, 5))

    def kernel(a: torch.Tensor, b: torch.Tensor) -> float:
        cosine = float(a @ b) / 8
        return (math.exp(cosine - 1) + math.exp(4 * (cosine - 1))) / 2

    means = [np.mean([[kernel(a, b) for a in x] for b in y]) for x, y in ((some,) * 2, (others,) * 2, (some, others))]
    assert math.isclose(float(discrepancy(some, others)), means[0] + means[1] - 2 * means[2], rel_tol=1e-4)
    assert abs(float(discrepancy(some, some))) < 1e-6 < float(discrepancy(some, -some))


def test_instance_loss_by_hand() -> None:
    scores = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    rows = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(-2))) / 2
    assert math.isclose(float(instance_loss(scores)), rows, rel_tol=1e-6)


def test_pooling_is_mean_and_deviation() -> None:
    x = torch.randn(2, 3, 4, 5)
    found = pooled([x, x[:, :1]])
    assert found.shape == (2, 8) and torch.allclose(found[:, :3], x.mean((2, 3)), atol=1e-6)
    assert torch.allclose(found[:, 4:7], x.std((2, 3)), atol=1e-3)


def test_an_embedding_comes_back_from_a_checkpoint_and_a_folder(tmp_path: Path) -> None:
    joint = JointEmbedding(WORDS, 12, 50, 8, 8).eval()
    again = JointEmbedding.of_state(joint.state_dict()).eval()
    save_network(joint, tmp_path, "gan_cls", half=False)
    loaded = load_network(tmp_path)
    sentences = ["a red flower", "with crimson petals"]
    for other in (again, loaded):
        assert torch.allclose(other.text.read(sentences), joint.text.read(sentences), atol=1e-5)  # type: ignore[operator, union-attr]
    assert "red" in again.text.vocabulary


# Losses


def test_algorithm_1_by_hand() -> None:
    real, fake, wrong = torch.tensor([0.5, 2.0]), torch.tensor([-1.0, 0.0]), torch.tensor([0.3, -0.7])

    def log_sigma(*xs: float) -> float:
        return sum(math.log(1 / (1 + math.exp(-x))) for x in xs) / len(xs)

    game = Algorithm1()
    s_r, not_f, not_w = log_sigma(0.5, 2), log_sigma(1, 0), log_sigma(-0.3, 0.7)
    assert math.isclose(float(game.discriminator(real, fake)), -(s_r + not_f), rel_tol=1e-5)
    assert math.isclose(float(game.discriminator(real, fake, wrong)), -(s_r + (not_w + not_f) / 2), rel_tol=1e-5)
    assert math.isclose(float(game.generator(fake)), -log_sigma(-1, 0), rel_tol=1e-5)
    both = -log_sigma(-1, 0) - log_sigma(0.3, -0.7)
    assert math.isclose(float(game.generator(fake, wrong)), both, rel_tol=1e-5)


def test_sentences_are_interpolated_as_in_equation_5() -> None:
    a, b = torch.ones(1, 256), torch.zeros(1, 256)
    assert (interpolated(a, b) == 0.5).all() and (interpolated(a, b, 0.25) == 0.25).all()


def test_matching_hinge_by_hand() -> None:
    game = MatchingHinge()
    real, fake, wrong = torch.tensor([0.5, 2.0]), torch.tensor([-2.0, 0.0]), torch.tensor([0.5, -0.5])
    # max(0, 1 - D): 0.5, 0; max(0, 1 + D) of made: 0, 1; of wrong: 1.5, 0.5
    assert float(game.discriminator(real, fake, wrong)) == pytest.approx(0.25 + (0.5 + 1.0) / 2)
    assert float(game.generator(fake)) == 1.0


def test_the_matching_aware_penalty_by_hand() -> None:
    """D = 3 * sum of x + 4 * sum of t: gradients of ones, so norms 3 * sqrt(8) and 4 * 16."""

    def judge(seen: list[torch.Tensor], sentence: torch.Tensor) -> torch.Tensor:
        return 3 * seen[0].sum((1, 2, 3)) + 4 * sentence.sum(1)

    found = matching_aware_penalty(judge, [torch.randn(2, 2, 2, 2)], torch.randn(2, 256), power=2)
    assert float(found) == pytest.approx((3 * 8**0.5 + 64) ** 2, rel=1e-5)


def test_the_penalty_reaches_the_heads() -> None:
    critic = MatchingDiscriminator((4, 4, 4, 4), width=8)
    seen = [torch.randn(2, 8, s, s) for s in (16, 8, 4, 2)]
    loss = matching_aware_penalty(
        lambda maps, t: torch.stack([x.mean((1, 2, 3)) for x in critic(maps, t)[0]]).mean(0), seen, torch.randn(2, 256)
    )
    loss.backward()
    assert all(
        p.grad is not None for name, p in critic.heads.named_parameters() if "conv1" in name and "weight" in name
    )


def test_style_loss_by_hand() -> None:
    assert float(style_loss(torch.tensor([[1.0, 2.0], [0, 0]]), torch.tensor([[0.0, 0.0], [0, 1]]))) == 3.0


# Networks


def test_heads_score_what_is_there_against_the_sentence() -> None:
    head = MatchingHead(8, 1).eval()
    looked, sentence = torch.randn(2, 8, 4, 4), torch.randn(2, 256)
    told = head.told(sentence / 4)
    by_hand = head.real(looked) + torch.einsum("nchw,nc->nhw", looked, told)[:, None] / 8**0.5
    assert torch.allclose(head.judge(looked, sentence), by_hand, atol=1e-6)


def test_the_papers_sizes() -> None:
    generator = PaperGenerator(width=4).eval()
    assert generator(torch.zeros(2, 100), torch.zeros(2, 256)).shape == (2, 3, 64, 64)
    first = PaperGenerator().layers[0]
    assert first.in_channels == 228 and first.out_channels == 1024  # type: ignore[union-attr]
    critic = PaperDiscriminator(width=4)
    picture, sentence = torch.randn(2, 3, 64, 64), torch.randn(2, 256)
    assert critic.look(picture).shape == (2, 32, 4, 4) and critic(picture, sentence).shape == (2, 1)
    assert critic.join[0].in_channels == 32 + 128  # type: ignore[union-attr]


def test_a_larger_generator_begins_by_enlarging_what_the_smaller_makes() -> None:
    widths = (8, 8, 8, 8, 8, 8)
    small, large = TextGenerator(64, widths).eval(), TextGenerator(128, widths).eval()
    large.load_state_dict(large.state_dict() | small.state_dict())
    noise, sentence = torch.randn(2, 100), torch.randn(2, 256)
    with torch.no_grad():
        a, b = small(noise, sentence), large(noise, sentence)
    assert a.shape == (2, 3, 64, 64) and b.shape == (2, 3, 128, 128)
    wide = torch.tanh(torch.nn.functional.interpolate(torch.atanh(a), scale_factor=2.0, mode="bilinear"))
    assert torch.allclose(b, wide, atol=1e-4)
    with pytest.raises(ValueError, match="64 or 128"):
        TextGenerator(96)


def test_a_model_is_put_together_saved_and_loaded(tmp_path: Path) -> None:
    joint = JointEmbedding(WORDS, 12, 50, 8, 8).eval()
    whole = assembled(joint.text, TextGenerator(64, (8,) * 5, 16).eval())
    assert whole.style is None
    whole = with_style(whole, NoiseEncoder(64, 8).eval())
    save_network(whole, tmp_path, "gan_cls", half=False)
    again = load_network(tmp_path)
    assert isinstance(again, TextToImage) and again.style is not None
    tokens, noise = joint.text.vocabulary.tokens(["a red flower"]), torch.randn(1, 100)
    with torch.no_grad():
        made = whole(tokens, noise)
        assert torch.allclose(again(tokens, noise), made, atol=1e-6)
        assert torch.allclose(again.style(made), whole.style(made), atol=1e-5) and again.style(made).shape == (1, 100)  # type: ignore[misc]
    assert torch.allclose(again.encoder.read(["petals"]), joint.text.read(["petals"]), atol=1e-5)


def test_the_bundled_model_fits_in_ten_megabytes() -> None:
    whole = TextToImage([f"word{i}" for i in range(1600)], painter={"size": 128}, style={})
    assert 2 * sum(p.numel() for p in whole.parameters()) < 10e6
    assert sum(p.numel() for p in whole.encoder.parameters()) * 2 < 3e6


def test_a_cut_out_square_is_grey_and_of_the_share_asked_for() -> None:
    torch.manual_seed(0)
    cut = cut_out(torch.ones(50, 3, 64, 64), 0.3)
    shares = (cut == 0).float().mean((1, 2, 3))
    assert set(cut.unique().tolist()) == {0.0, 1.0} and 0.02 < float(shares.mean()) <= 0.1
    assert torch.equal(cut_out(cut, 0.0), cut)
    first, second = cut_out(torch.ones(6, 3, 64, 64), 0.3, tied=2).chunk(2)
    assert torch.equal(first, second) and not torch.equal(first[0], first[1])
