"""Shared by all tests: one thread each, no network, and nothing read from or written to the user's caches.

With `-n auto` there is a process for each processor. One of them has the browser, the others go on from file to file.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the other core has the browser, or other tests
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="cgan-demo-tests-")  # some tests look at all that lies in it
atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)
if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # Gradio tries a hundred ports; two that try the same one complain
    os.environ["GRADIO_SERVER_PORT"] = str(7860 + 100 * (1 + int(worker.removeprefix("gw"))))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One for each processor that the system counts; pytest-xdist would count cores, of two threads each."""
    return os.cpu_count() or 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file is one process's, and so is the folder of browser tests, which share a browser and a page."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return os.path.dirname(file) if "/browser/" in f"/{file}" else file

    config.option.loadscopereorder = False  # by name: browser, integration, unit, from the slowest to the quickest
    return ByFile(config, log)
