"""How many threads a call takes, of the page as `python app.py` starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Starts the page with a model that answers with the number of its threads as a grey, and asks it three times at once.
START = """
import sys
from concurrent.futures import ThreadPoolExecutor
from PIL import Image
import cgan_demo
import gradio
from gradio_client import Client, handle_file
gradio.networking.url_ok = lambda url: True  # it gives up after some seconds
def load(model_id):
    def predictor(image, **options):
        import torch
        torch.ones(512, 512) @ torch.ones(512, 512)
        return Image.new("RGB", image.size, (torch.get_num_threads(),) * 3)
    return predictor
cgan_demo.load = load
launch = gradio.Blocks.launch
def launched(self, **given):
    _, url, _ = launch(self, **given, prevent_thread_lock=True)
    Image.new("RGB", (64, 64)).save("map.png")
    page = Client(url, verbose=False, download_files=".")
    ask = lambda name: page.predict(handle_file("map.png"), 0, api_name=name)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(ask, ["/map_to_aerial", "/aerial_to_map", "/map_to_aerial"]))
    print("THREADS", sorted({Image.open(answer).getpixel((0, 0))[0] for answer in answers}))
gradio.Blocks.launch = launched
from cgan_demo.serving import serve
serve()
"""


def begun(tmp_path: Path, threads: str, *command: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "CGAN_DEMO_THREADS": threads, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = (sys.executable, *command)
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)


def test_the_setting_is_what_every_call_takes(tmp_path: Path) -> None:
    done = begun(tmp_path, "3", "-c", START)
    assert "THREADS [3]" in done.stdout, done.stdout[-300:] + done.stderr[-3000:]


def test_a_setting_that_is_no_number_is_one_sentence(tmp_path: Path) -> None:
    done = begun(tmp_path, "many", str(ROOT / "app.py"))
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == "app.py: CGAN_DEMO_THREADS is 'many': set it to a whole number of at least 1.\n"
