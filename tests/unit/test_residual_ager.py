"""The network that changes a photo: what it begins as, keeps and serves; and the pairs that it learns from."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.caae.change import applied, warped
from cgan_demo.caae.light import PairedAgeing, PairsRecipe, ResidualAger, colour_drift, flow_cost
from cgan_demo.caae.pairs import PairsAndFaces, dimmed, kindred
from cgan_demo.caae.path import balanced_path
from cgan_demo.caae.predictor import Ager
from cgan_demo.caae.series import AMOUNTS, Series, looks, make_series
from cgan_demo.data.ages import CENTRES
from cgan_demo.data.alignment import LEFT_EYE, RIGHT_EYE
from cgan_demo.data.faces import FaceDataset, load_faces
from cgan_demo.data.fake import fake_face, write_fake_faces
from cgan_demo.features import LITE0, EfficientNetLite
from cgan_demo.training.loop import RunSettings, train
from cgan_demo.training.runs import first_of
from cgan_demo.weights import load_network, save_network

TINY = PairsRecipe(widths=(8, 8, 8), fine=4, made=4, batch=4, load_size=32, precision="no", alone=0.4)


def tiny(seed: int = 0) -> ResidualAger:
    torch.manual_seed(seed)
    return ResidualAger((8, 8, 8), 4, 8).eval()


class Walker:
    """A latent model without weights: the first numbers of a latent are grey levels of the picture's quarters."""

    def place(self, where, truncation=1.0):
        return torch.randn(8, generator=torch.Generator().manual_seed(where)) * truncation

    def paint(self, z):
        shades = (z[:, :4].sigmoid() * 255).reshape(-1, 2, 2).numpy()
        return [Image.fromarray(s.astype(np.uint8)).resize((128, 128), 0).convert("RGB") for s in shades]


class Estimator(torch.nn.Module):
    """Reads age as light."""

    def forward(self, x):
        light = x.mean((1, 2, 3))
        return 40 + 30 * light, light * 0 + 0.5


class Embedding(torch.nn.Module):
    """Knows people by their mean colour."""

    def forward(self, x):
        return torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1).repeat(1, 43)[:, :128] / 20


def some_series(tmp_path, people=4) -> Series:
    path = np.zeros((len(AMOUNTS), 8), np.float32)
    path[:, 0] = AMOUNTS
    return make_series(Walker(), path, Estimator(), Embedding(), range(people), "fake", tmp_path, 32)


def test_a_flow_moves_and_a_delta_paints():
    photo = torch.zeros(1, 3, 16, 16)
    photo[..., 8] = 1
    flow = torch.zeros(1, 2, 16, 16)
    assert torch.allclose(warped(photo, flow), photo, atol=1e-5)
    flow[:, 0] = 2 / 15  # each place shows what lies two pixels to the right: the line moves to the left
    assert warped(photo, flow)[0, 0, 5].argmax() == 6
    painted = applied(photo, torch.zeros(1, 2, 4, 4), torch.full((1, 3, 8, 8), 0.25))
    assert painted.shape == photo.shape and torch.allclose(painted[..., 7, :][..., 7:9], photo[..., 7, 7:9] + 0.25)
    moved = applied(photo, flow, torch.ones(1, 3, 16, 16))
    border = torch.ones(16, 16, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    assert torch.allclose(moved[..., border], photo[..., border], atol=1e-5)  # the photo's own, so that no seam shows


def test_the_whole_never_shifts_and_places_stay_within_reach():
    net = tiny()
    net.flow[1].weight.data.mul_(500)
    flow, _ = net(torch.randn(2, 3, 32, 32), torch.tensor([5.0, 70.0]), torch.tensor([0.0, 1.0]))
    assert flow.abs().max() <= 0.12 and flow.std() > 0.01
    assert flow.shape == (2, 2, 8, 8)


def test_another_age_is_another_picture_and_the_encoder_does_not_know_it():
    net = tiny()
    net.head.weight.data.mul_(20)
    for block in (net.middle, *net.decoder):
        torch.nn.init.normal_(block.conv2.weight, 0, 0.3)
    face = torch.rand(1, 3, 32, 32) - 0.5
    code = net.encode(face)
    young, old = (net.decode(code, torch.tensor([a]), torch.tensor([0.0])) for a in (5.0, 70.0))
    assert (young - old).abs().max() > 1e-3
    assert torch.allclose(net.decode(net.encode(face), torch.tensor([70.0]), torch.tensor([0.0])), old)


def test_weights_go_to_disk_and_back(tmp_path):
    net = tiny()
    save_network(net, tmp_path, "caae", half=False)
    assert json.loads((tmp_path / "config.json").read_text())["architecture"] == "ResidualAger"
    again = load_network(tmp_path)
    face, age = torch.rand(1, 3, 32, 32), torch.tensor([30.0])
    assert torch.equal(again(face, age, age * 0)[1], net(face, age, age * 0)[1])


def test_a_served_photo_stays_as_sharp_as_it_is():
    ager = Ager(tiny(), model_id="face-aging")
    face = np.asarray(fake_face(30, 1, 5, 300)).copy()
    face[::2, ::2] = 255 - face[::2, ::2]  # detail that 128 px cannot hold
    read = ager.encode(Image.fromarray(face))
    shown, soft = (np.asarray(ager.decode(read, 60, detail=d), float) for d in (None, 0.0))
    assert shown.shape == (300, 300, 3)
    assert np.abs(shown - face).mean() < 12 < np.abs(soft - face).mean()
    together = [np.asarray(p, float) for p in ager.decode_all(read)]
    assert len(together) == len(CENTRES)
    assert np.abs(together[3] - np.asarray(ager.decode(read, CENTRES[3]), float)).max() <= 1
    half = ager.mix(read, ager.encode(fake_face(60, 0, 5, 128)), 0.5)
    assert isinstance(half.code, list) and ager.decode(half, 6).size == (300, 300)


def test_looks_see_glasses_and_a_smile():
    bare = np.full((1, 128, 128, 3), 150, np.uint8)
    bare[:, :20] = 40  # some contrast, as hair gives
    glasses, smile = bare.copy(), bare.copy()
    glasses[:, 38:41, 30:100] = 20
    smile[:, 96:104, 52:76] = 250
    plain, with_glasses, with_smile = (looks(x)[0] for x in (bare, glasses, smile))
    assert with_glasses[0] > plain[0] + 2 and with_glasses[1] == pytest.approx(plain[1], abs=0.3)
    assert with_smile[1] > plain[1] + 0.5 and with_smile[0] == pytest.approx(plain[0], abs=0.3)


def test_the_path_keeps_what_is_not_age():
    """The skin's light follows the numbers of a latent; the age vector is one of them, and light is kept."""
    vector = torch.zeros(8)
    vector[2] = 1.0
    path = balanced_path(Walker(), vector, Estimator())
    assert path.shape == (len(AMOUNTS), 8) and np.allclose(path[:, 2], AMOUNTS, atol=1e-5)
    assert np.allclose(path[3], 0)

    def light(step):
        z = torch.stack([Walker().place(i, 0.75) for i in range(50)]) + torch.from_numpy(step)
        return looks(np.stack([np.asarray(p) for p in Walker().paint(z)]))[:, 2].mean()

    plain = np.zeros(8, np.float32)
    plain[2] = AMOUNTS[1]
    assert abs(light(path[1]) - light(plain * 0)) < 0.65 * abs(light(plain) - light(plain * 0))


def test_pairs_are_kin_and_every_step_is_as_frequent(tmp_path):
    series = some_series(tmp_path)
    recipe = replace(TINY, smile_drift=99, glasses_drift=99)
    assert len(kindred(series, recipe)) == 4 * 7 * 6
    assert not kindred(series, replace(recipe, kin=-99.0))
    strangers = replace(series, genders=np.tile(np.array([0.0, 1, 0, 1, 0, 1, 0]), (4, 1)))
    pairs = kindred(strangers, recipe)
    assert pairs and all((a - b) % 2 == 0 for _, a, b in pairs)
    faces, _ = load_faces(write_fake_faces(tmp_path / "faces", per_bin=4), 32, tmp_path / "cache")
    stream = PairsAndFaces(series, FaceDataset(faces, 0), recipe, 0)
    item, again = stream[5], PairsAndFaces(series, FaceDataset(faces, 0), recipe, 0)[5]
    assert all(torch.equal(item[k], again[k]) for k in item)
    assert {"source", "target", "target age", "face", "age"} <= set(item) and item["source"].shape == (3, 32, 32)


def test_costs_by_hand():
    assert flow_cost(torch.zeros(1, 2, 4, 4)) == 0
    assert flow_cost(torch.full((1, 2, 4, 4), 0.01)) == pytest.approx(0.002)  # one per cent everywhere, not rough
    grey, red = torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16)
    red[:, 0] = 0.6
    means, tone = colour_drift(red, grey)
    assert means == pytest.approx(0.12) and tone == pytest.approx(0.18)
    assert torch.allclose(dimmed(torch.full((3, 8, 8), 0.3), 0.5), torch.full((3, 8, 8), 0.3), atol=1e-4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    faces, _ = load_faces(write_fake_faces(folder / "faces", per_bin=4), 32, folder / "cache")
    series = some_series(folder, 8)
    recipe = replace(TINY, smile_drift=99, glasses_drift=99, lr=2e-3, ema_half_life=40.0)
    torch.manual_seed(0)
    features = EfficientNetLite(LITE0[:5]).eval().requires_grad_(False)
    stream = PairsAndFaces(series, FaceDataset(faces, 0), recipe, 0)
    system = PairedAgeing(recipe, features, first_of(FaceDataset(faces, 1), 4))
    before = {k: v.clone() for k, v in system.networks["generator"].state_dict().items()}
    settings = RunSettings(images=240, batch=4, cpu=True, report_images=20, progress_bar=False, ema_half_life=40.0)
    train(system, stream, folder / "run", settings)
    rows = [json.loads(line) for line in (folder / "run" / "stats.jsonl").read_text().splitlines()]
    return [row for row in rows if "l1" in row], before, system, stream


def test_pairs_alone_come_first_and_then_all_losses(trained):
    rows, before, system, stream = trained
    assert all(row["d"] == 0 == row["g"] for row in rows if row["progress"] < 0.35)
    assert all(row["d"] > 0 for row in rows if row["progress"] > 0.6)
    net = system.plain("generator").eval()
    moved = {k: v.clone() for k, v in net.state_dict().items()}
    assert any(not torch.equal(moved[k], v) for k, v in before.items() if ".style." in k)


def test_what_is_told_learns_quicker(trained):
    system = trained[2]
    others, told = system.optimizers["generator"].param_groups
    assert told["base_lr"] == pytest.approx(10 * others["base_lr"])


def test_a_reader_that_is_satisfied_pushes_no_more(trained):
    system = trained[2]
    sure = torch.zeros(2, 12)
    sure[:, [3, 11]] = 1.0

    class Sure(torch.nn.Module):
        def forward(self, features):
            return 20 * sure[:, :10], 20 * sure[:, 10:]

    system.networks["reader"], kept = Sure(), system.networks["reader"]
    assert system.label_cost([torch.zeros(2, 1, 1, 1)], sure) == 0
    assert system.label_cost([torch.zeros(2, 1, 1, 1)], sure.roll(1, 1)) > 5
    system.networks["reader"] = kept


def test_little_is_painted_on_the_eyes():
    photo = torch.zeros(1, 3, 64, 64)
    painted = applied(photo, torch.zeros(1, 2, 16, 16), torch.ones(1, 3, 64, 64))[0, 0]
    for x, y in (LEFT_EYE, RIGHT_EYE):
        assert painted[round(63 * y), round(63 * x)] < 0.25
    assert painted[40, 32] == 1
