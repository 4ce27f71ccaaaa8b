"""Shared by all tests: one thread each, no network, and nothing read from or written to the user's caches."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the other core has the browser, or other tests
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="cgan-demo-tests-")  # some tests look at all that lies in it
atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)
