"""The line in which calls wait for their turn."""

from __future__ import annotations

from typing import Any

from gradio.queueing import Event, Queue

from .uploads import forget

BUSY = "The page is busy: {} calls are waiting already. Try again in a minute."


class Line(Queue):
    """Gradio's queue, which says in a sentence that it is full, and keeps no statistics.

    The sentence comes with status 503, for which browsers and gradio_client have sentences of their own.
    """

    async def push(self, *args: Any, **kwargs: Any) -> Any:
        taken, told, kind = await super().push(*args, **kwargs)
        return taken, BUSY.format(self.max_size) if kind == "queue_full" else told, kind

    async def remove_from_queue(self, event_id: str) -> None:
        """A call that waited is cancelled."""
        waiting = self._waiting()
        await super().remove_from_queue(event_id)
        self._forget(waiting)

    async def clean_events(self, **whose: Any) -> None:
        """Whoever waited has left."""
        waiting = self._waiting()
        await super().clean_events(**whose)
        self._forget(waiting)

    def _waiting(self) -> list[Event]:
        return [event for line in self.event_queue_per_concurrency_id.values() for event in line.queue]

    def _forget(self, waited: list[Event]) -> None:
        """Remove the uploads of those calls that will not be made."""
        for event in waited:
            if event._id not in self.event_ids_to_events and event.data is not None:
                forget(event.fn.inputs, event.data.data)

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Nothing: nobody is shown it, and Gradio would make it of the last 10,000 calls after each call."""
        return {}
