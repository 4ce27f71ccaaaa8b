"""The ablation of the paper's games runs, measures and draws its sheet, on fake faces."""

import torch

from cgan_demo.caae.ablation import VARIANTS, AgeingGames, sheet
from cgan_demo.caae.paper import PaperRecipe
from cgan_demo.data.fake import fake_face, write_fake_faces
from cgan_demo.evaluation.metrics import PooledFeatures
from cgan_demo.training.comparison import run_folder


class Patches(torch.nn.Module):
    """Two maps, at strides 8 and 16: means of patches."""

    def forward(self, x):
        return [torch.nn.functional.avg_pool2d(x, k) for k in (8, 16)]


def test_each_game_is_left_out_once(tmp_path):
    recipe, data = PaperRecipe(code=6, width=4, load_size=128, batch=4), write_fake_faces(tmp_path / "data", per_bin=8)
    games = AgeingGames(str(data), 8, judge_images=16, to=tmp_path / "out", cache=tmp_path / "cache", cpu=True)
    done = games.compare(recipe, 4, PooledFeatures(Patches()))
    assert list(done) == list(VARIANTS) and all("age error" in figures for figures in done.values())
    assert "| without D_z |" in (tmp_path / "out" / "table.md").read_text()
    networks = {name: recipe.averaged(run_folder(tmp_path / "out", name)) for name in VARIANTS}
    picture = sheet(networks, [fake_face(30, 1, 5, 128)])
    assert picture.size == (130 + 96 * 12, 22 + 3 * 96)
