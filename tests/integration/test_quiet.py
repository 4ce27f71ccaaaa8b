"""The page speaks to nobody but its visitors, and nothing secret lies in the tree."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Starts the page as app.py does, visits it, and says which addresses were looked up, connected to or written to.
START = """
import json, sys, time, urllib.request
told = []
def look(event, args):
    if event == "socket.getaddrinfo":
        told.append(str(args[0]))
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        told.append(str(args[1][0] if isinstance(args[1], tuple) else args[1]))
sys.addaudithook(look)
import gradio
gradio.networking.url_ok = lambda url: True  # it gives up after some seconds
launch = gradio.Blocks.launch
def launched(self, **given):
    _, url, _ = launch(self, **given, prevent_thread_lock=True)
    urllib.request.urlopen(url).read()
    time.sleep(1)  # for threads that wait
    print("TOLD", json.dumps(sorted(set(told))))
gradio.Blocks.launch = launched
sys.argv = ["app.py"]
sys.path.insert(0, ".")
import app
app.main()
"""
LOCAL = {"127.0.0.1", "localhost", "::1", "0.0.0.0", "None", ""}
SECRETS = re.compile(
    r"hf_[A-Za-z0-9]{30,}|gh[opsu]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|AKIA[A-Z0-9]{16}|sk-[A-Za-z0-9]{32,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|xox[abp]-\w{10,}|AIza[\w-]{35}"
)


def test_starting_the_page_speaks_to_this_machine_alone(tmp_path: Path) -> None:
    quiet = ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT")
    env = {name: value for name, value in os.environ.items() if name not in quiet}  # app.py has to see to it itself
    env |= {"GRADIO_TEMP_DIR": str(tmp_path), "HF_ENDPOINT": "http://hub.invalid"}
    done = subprocess.run([sys.executable, "-c", START], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert "TOLD" in done.stdout, done.stderr[-3000:]
    told = json.loads(done.stdout.split("TOLD", 1)[1].splitlines()[0])
    assert told and set(told) <= LOCAL, told
    assert "Traceback" not in done.stderr, done.stderr[-3000:]


def test_no_secret_is_in_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: there is no list of files")
    found = []
    for path in (ROOT / name for name in listed.stdout.splitlines()):
        if path.is_file() and path.suffix not in (".safetensors", ".png", ".jpg", ".webp"):
            found += [f"{path}: {match.group()[:8]}…" for match in SECRETS.finditer(path.read_text("utf-8", "replace"))]
    assert found == []
