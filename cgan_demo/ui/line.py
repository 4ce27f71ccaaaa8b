"""The line in which calls wait for their turn."""

from __future__ import annotations

from typing import Any

from gradio.queueing import Queue

BUSY = "The page is busy: {} calls are waiting already. Try again in a minute."


class Line(Queue):
    """Gradio's queue, which says in a sentence that it is full, and keeps no statistics.

    The sentence comes with status 503, for which browsers and gradio_client have sentences of their own.
    """

    async def push(self, *args: Any, **kwargs: Any) -> Any:
        taken, told, kind = await super().push(*args, **kwargs)
        return taken, BUSY.format(self.max_size) if kind == "queue_full" else told, kind

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Nothing: nobody is shown it, and Gradio would make it of the last 10,000 calls after each call."""
        return {}
