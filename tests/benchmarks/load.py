"""The page under load: 1, 8, 32 and 64 visitors at once, who use all of its calls, against the bundled models.

python tests/benchmarks/load.py [--users 1 8 32 64] [--seconds 60] [--soak 30 --soak-users 8] [--calls latent_faces ...]

The page runs in a process of its own on this machine; nothing else is spoken to. Every visitor calls something at
random, waits for it, and calls the next, each in a session of its own that ends after some calls. Who is told that the
page is busy comes again two seconds later. A soak goes on for minutes, in parts, and says whether memory grows: what is
resident when all have gone, for while calls run it goes up and down by hundreds of megabytes. It levels off once every
model was asked for, and so by calls and not by time. `--calls` are those that are made, if not all.

It fails where a call fails, where anybody is told that the page is busy though fewer were there than can wait, or where
the page does not answer afterwards.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from visitor import Visitor  # noqa: E402

from cgan_demo.serving import TIDY  # noqa: E402
from cgan_demo.ui.gradio_patches import BUSY  # noqa: E402
from cgan_demo.ui.maps.examples import painted_maps  # noqa: E402
from cgan_demo.ui.page import LONGEST_LINE  # noqa: E402
from cgan_demo.ui.parts.paintpad import to_data_url  # noqa: E402
from cgan_demo.ui.sketch.drawings import drawings  # noqa: E402

CALLS = 10  # of a session
AGAIN = 2.0  # s, until who was told "busy" comes back
FACES, OTHERS = ROOT / "assets" / "faces", ROOT / "assets" / "sharpen"


def calls() -> dict[str, Callable[[random.Random], list[Any]]]:
    """What visitors ask of each call, by its name; bytes are pictures to be uploaded."""
    painted = list(painted_maps().values())
    maps, shoe = [_png(m) for m in painted], _png(next(iter(drawings().values())))
    canvas = to_data_url(painted[0])
    faces = [path.read_bytes() for path in sorted(FACES.glob("*.png"))]
    small = _png(painted[1].resize((96, 96)))
    reference = (OTHERS / "wall-reference.webp").read_bytes()
    return {
        "map_to_aerial": lambda r: [r.choice(maps), r.randrange(1000)],
        "aerial_to_map": lambda r: [r.choice(maps), r.randrange(1000)],
        "paint_to_aerial": lambda r: [canvas, r.randrange(1000)],
        "there_and_back": lambda r: [r.choice(maps), "Map → Aerial", r.randrange(1000)],
        "sketch_to_photo": lambda r: [shoe, r.randrange(1000), True, None, r.choice(["Shoe", "Bag"])],
        "sketch_variations": lambda r: [shoe, r.randrange(1000), True, "Shoe"],
        "photo_to_edges": lambda r: [r.choice(faces)],
        "age_face": lambda r: [r.choice(faces), r.randint(1, 80), "As read", 0.5],
        "age_strip": lambda r: [r.choice(faces), "As read", 0.5],
        "mix_faces": lambda r: [r.choice(faces), r.choice(faces), r.random(), 40, "As read", 0.5],
        "super_resolution": lambda r: [small, r.choice([[], [reference]]), 1, r.random()],
        "text_to_flower": lambda r: ["a red flower with round petals", 8, r.randrange(1000)],
        "text_to_bird": lambda r: ["a small blue bird", 8, r.randrange(1000)],
        "latent_faces": lambda r: [r.randrange(1000), 1],
        "latent_flowers": lambda r: [r.randrange(1000), 1],
    }


@dataclass
class Page:
    """A page in its own process. fns: its calls' names by their numbers, as `Visitor` asks for them."""

    url: str
    process: subprocess.Popen[bytes]
    fns: dict[int, Any] = field(default_factory=dict)

    def names(self) -> set[str]:
        return {listener.api_name for listener in self.fns.values()}

    def megabytes(self) -> float:
        """Resident memory, as Linux says."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def served(folder: Path) -> Iterator[Page]:
    """A page that listens on a free port, with temporary files in `folder`."""
    port = _free_port()
    environment = os.environ | {"GRADIO_TEMP_DIR": str(folder), "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, str(ROOT / "app.py"), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield _ready(Page(f"http://127.0.0.1:{port}", process))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _ready(page: Page) -> Page:
    for _ in range(600):
        try:
            config = httpx.get(f"{page.url}/config", timeout=60).raise_for_status().json()
            page.fns = {d["id"]: SimpleNamespace(api_name=d["api_name"]) for d in config["dependencies"]}
            return page
        except httpx.HTTPError:
            if page.process.poll() is not None:
                raise SystemExit("The page ended before it answered.") from None
            time.sleep(0.5)
    raise SystemExit("The page did not answer within five minutes.")


@dataclass
class Stage:
    """What happened to `users` visitors. seconds: of the calls that were answered, by their names."""

    users: int
    seconds: dict[str, list[float]] = field(default_factory=dict)
    busy: int = 0
    failures: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MB every two seconds
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self) -> int:
        return sum(map(len, self.seconds.values()))


def run(page: Page, asked: dict[str, Any], users: int, seconds: float) -> Stage:
    """Let `users` visitors call what is `asked` for so many seconds, and wait for their last answers."""
    stage, end = Stage(users), time.monotonic() + seconds
    visitors = [threading.Thread(target=_visit, args=(page, asked, stage, end, seed)) for seed in range(users)]
    for thread in visitors:
        thread.start()
    while any(thread.is_alive() for thread in visitors):
        stage.memory.append(page.megabytes())
        time.sleep(min(2.0, seconds / 10))
    return stage


def _visit(page: Page, asked: dict[str, Any], stage: Stage, end: float, seed: int) -> None:
    dice = random.Random(seed)
    while time.monotonic() < end:
        visitor = Visitor(page, page.url)  # type: ignore[arg-type]
        visitor.http.timeout = httpx.Timeout(600)
        with visitor.http:
            for _ in range(CALLS):
                if time.monotonic() < end:
                    name = dice.choice(list(asked))
                    _call(visitor, name, asked[name](dice), stage)


def _call(visitor: Visitor, name: str, inputs: list[Any], stage: Stage) -> None:
    begun = time.monotonic()
    try:
        answer = visitor.call(name, [_uploaded(visitor, value) for value in inputs])
    except httpx.HTTPError as error:
        with stage.lock:
            stage.failures.append(f"{name}: {error!r}")
        return
    busy = answer.status == 503 and BUSY.format(LONGEST_LINE) in str(answer.error)
    with stage.lock:
        if answer.data is not None:
            stage.seconds.setdefault(name, []).append(time.monotonic() - begun)
        elif busy:
            stage.busy += 1
        else:
            stage.failures.append(f"{name}: {answer.status} {str(answer.error)[:200]}")
    if busy:
        time.sleep(AGAIN)


def _uploaded(visitor: Visitor, value: Any) -> Any:
    if isinstance(value, list):
        return [_uploaded(visitor, item) for item in value]
    return visitor.upload(value) if isinstance(value, bytes) else value


def report(stages: Sequence[Stage]) -> None:
    """Print what happened as tables: the stages, and p50 / p95 of each call in each."""
    print("\n| visitors | calls answered | told busy | failed | resident MB at the end, most |\n|---|---|---|---|---|")
    for s in stages:
        print(f"| {s.users} | {s.answered()} | {s.busy} | {len(s.failures)} | {_memory(s)} |")
    print("\n| p50 / p95 in s | " + " | ".join(f"{s.users} visitors" for s in stages) + " |")
    print("|---" * (1 + len(stages)) + "|")
    for name in sorted({name for s in stages for name in s.seconds}):
        print(f"| {name} | " + " | ".join(_percentiles(s.seconds.get(name, [])) for s in stages) + " |")


def _memory(stage: Stage) -> str:
    return f"{stage.memory[-1]:.0f}, {_most(stage):.0f}"


def _most(stage: Stage) -> float:
    return max(stage.memory)


def _percentiles(seconds: Sequence[float]) -> str:
    return "{:.2f} / {:.2f}".format(*np.percentile(seconds, (50, 95))) if seconds else "none"


def _soak(page: Page, asked: dict[str, Any], users: int, minutes: float, parts: int) -> list[Stage]:
    """After each part nobody calls, until what the calls had taken was given back: what is left then must not grow."""
    print(f"\nSoak of {parts} times {minutes / parts:g} minutes, {users} visitors: resident memory")
    stages, rests = list[Stage](), list[tuple[int, float]]()
    for _ in range(parts):
        stages.append(run(page, asked, users, 60 * minutes / parts))
        time.sleep(TIDY + 5)
        rests.append((sum(stage.answered() for stage in stages), page.megabytes()))
        print(f"after {rests[-1][0]:5d} calls {rests[-1][1]:7.0f} MB, at most {_most(stages[-1]):7.0f} MB", flush=True)
    calls, sizes = np.array(rests[parts // 3 :]).T
    print(f"it grows by {np.polyfit(calls / 100, sizes, 1)[0]:+.1f} MB per 100 calls over the last two thirds")
    return stages


def faults(stages: Sequence[Stage]) -> list[str]:
    """What must not happen and did."""
    found = [f"{s.users} visitors: {failure}" for s in stages for failure in s.failures]
    return found + [
        f"{s.users} visitors: {s.busy} told busy though all could wait"
        for s in stages
        if s.busy and s.users <= LONGEST_LINE
    ]


def _alive(page: Page, asked: dict[str, Any]) -> list[str]:
    stage, name = Stage(1), next(iter(asked))
    _call(Visitor(page, page.url), name, asked[name](random.Random(0)), stage)  # type: ignore[arg-type]
    return [f"alone: {failure}" for failure in stage.failures]


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="*", default=[1, 8, 32, 64], help="visitors of each stage")
    parser.add_argument("--seconds", type=float, default=60, help="of each stage")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="afterwards; 0 for none")
    parser.add_argument("--soak-parts", type=int, default=6)
    parser.add_argument("--soak-users", type=int, default=8)
    parser.add_argument("--calls", nargs="*", default=list(calls()), metavar="NAME", help="by default all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as page:
        asked = {name: inputs for name, inputs in calls().items() if name in page.names() and name in options.calls}
        wrong = _alive(page, asked)
        print(f"{len(asked)} calls, of which {LONGEST_LINE} can wait; {page.megabytes():.0f} MB at first", flush=True)
        stages = [run(page, asked, users, options.seconds) for users in options.users]
        if stages:
            report(stages)
        if options.soak:
            soaked = _soak(page, asked, options.soak_users, options.soak, options.soak_parts)
            report(soaked[-1:])
            stages += soaked
        wrong += faults(stages) + _alive(page, asked)
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        print(f"\n{len(files)} files, {sum(f.stat().st_size for f in files) / 2**20:.0f} MB, in the temporary folder")
    sys.exit("\n".join(wrong[:20]))


if __name__ == "__main__":
    main()
