"""The ablation of the paper's games runs, measures and draws its sheet, on fake faces."""

import torch

from cgan_demo.caae.ablation import VARIANTS, ageing_ablation, sheet, trained
from cgan_demo.caae.paper import PaperRecipe
from cgan_demo.data.fake import fake_face, write_fake_faces
from cgan_demo.evaluation.metrics import PooledFeatures


class Patches(torch.nn.Module):
    """Two maps, at strides 8 and 16: means of patches."""

    def forward(self, x):
        return [torch.nn.functional.avg_pool2d(x, k) for k in (8, 16)]


def test_each_game_is_left_out_once(tmp_path):
    data = write_fake_faces(tmp_path / "data", per_bin=8)
    base = PaperRecipe(code=6, width=4, load_size=128, batch=4)
    options = {"base": base, "judge_images": 16, "count": 4, "features": PooledFeatures(Patches()), "cpu": True}
    done = ageing_ablation(data, tmp_path / "out", 8, cache=tmp_path / "cache", **options)
    assert list(done) == list(VARIANTS) and all("age error" in figures for figures in done.values())
    assert "| without D_z |" in (tmp_path / "out" / "table.md").read_text()
    picture = sheet(trained(tmp_path / "out", base), [fake_face(30, 1, 5, 128)])
    assert picture.size == (130 + 96 * 12, 22 + 3 * 96)
