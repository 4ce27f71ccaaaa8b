"""Options of the command line that only some rooms have: handed over where given, refused in words elsewhere."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from cgan_demo import catalog, cli, weights
from cgan_demo.data import download
from cgan_demo.errors import DataError
from cgan_demo.training import loop


@pytest.mark.parametrize("system", catalog.ROOMS)
@pytest.mark.parametrize("option", ["no_such_thing", "vgg16"])
def test_every_room_refuses_an_option_that_it_does_not_have(system, option, tmp_path):
    room, words = catalog.workshop(system), f"leave --{option.replace('_', '-')} out"
    with pytest.raises(DataError, match=words):
        room.prepare("mine", None, tmp_path, 0, tmp_path, **{option: 1})
    with pytest.raises(DataError, match=words):
        room.evaluate("mine", None, tmp_path, tmp_path, **{option: 1})


@dataclass(frozen=True)
class FakeRecipe:
    batch: int = 8
    content: str = "relu5_4"
    precision: str = "no"
    ema_half_life: float = 0.0


@pytest.fixture
def told(monkeypatch, tmp_path):
    """What a room is told by the command line."""
    told = []

    def prepare(model_id, recipe, data, seed, cache, reverse=None, scenes=None, **unknown):
        given = {"reverse": reverse, "scenes": scenes, **unknown}
        told.append((recipe, {name: value for name, value in given.items() if value is not None}))
        return None, None

    room = SimpleNamespace(
        recipe_for=lambda *_: FakeRecipe(),
        prepare=prepare,
        evaluate=lambda *args, **given: (told.append((args[4:], given)), {})[1],
        averaged_generator=lambda *args, **given: told.append((args[1], given)),
    )
    monkeypatch.setattr(catalog, "workshop", lambda system: room)
    monkeypatch.setattr(download, "obtain", lambda data, cache: tmp_path)
    monkeypatch.setattr(weights, "load_network", lambda folder: None)
    monkeypatch.setattr(weights, "save_network", lambda *_: None)
    monkeypatch.setattr(loop, "train", lambda *_: SimpleNamespace(finished=True, images=1, seconds=1.0))
    return told


def test_only_the_options_that_were_given_are_handed_over(told, tmp_path, capsys):
    train = [
        "train",
        "mine",
        "--data",
        "d",
        "--images",
        "1",
        "--system",
        "super_resolution",
        "--run-dir",
        str(tmp_path / "run"),
    ]
    assert cli.main(train) == 0
    scenes = ["--scenes", str(tmp_path)]
    assert cli.main([*train, "--reverse", "False", *scenes, "--batch", "2", "--content", "relu2_2"]) == 0
    assert told[0] == (FakeRecipe(), {})
    assert told[1][0] == FakeRecipe(batch=2, content="relu2_2")
    assert {k: str(v) for k, v in told[1][1].items()} == {"reverse": "False", "scenes": str(tmp_path)}
    del told[:]
    evaluate = ["evaluate", "mine", "--data", "d", "--weights", str(tmp_path)]
    assert cli.main(evaluate) == 0 and cli.main([*evaluate, "--judge-images", "7"]) == 0
    assert told == [((), {}), ((), {"judge_images": 7})]


def test_a_run_is_exported_with_what_its_command_changed_of_the_recipe(told, tmp_path):
    run = ["mine", "--system", "super_resolution", "--run-dir", str(tmp_path / "run")]
    assert cli.main(["train", *run, "--data", "d", "--images", "1", "--content", "relu2_2"]) == 0
    assert cli.main(["export", *run, "--to", str(tmp_path / "to")]) == 0
    assert told[-1] == (FakeRecipe(content="relu2_2"), {})
    old = tmp_path / "old"  # from before that was kept, or when the changes alone were
    old.mkdir()
    for kept, recipe in ((None, FakeRecipe()), ('{"batch": 3}', FakeRecipe(batch=3))):
        if kept:
            (old / "changed.json").write_text(kept)
        assert cli.main(["export", *run[:-1], str(old), "--to", str(tmp_path / "to")]) == 0
        assert told[-1] == (recipe, {})
