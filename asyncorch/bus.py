"""Stamps each event once and hands it to every sink; a sink that raises is dropped and named."""

from __future__ import annotations

from collections.abc import Callable

from asyncorch.events import Event, Noted, Progressed, RowsSettled, Sink, Stamped
from asyncorch.redacting import cleaned
from asyncorch.redactor import Redactor


class Bus:
    """One run's events on their way; what does not go to the journal takes no number of its own."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.vital: Sink | None = None  # the one without which the run is worth nothing
        self.when_lost: Callable[[Exception], None] = lambda _: None
        self._now = now
        self._seq = 0
        self._sinks: list[Sink] = []
        self.redactor: Redactor | None = None  # of all values, once they are known

    def add(self, sink: Sink) -> None:
        self._sinks.append(sink)

    def emit(self, event: Event) -> None:
        if self.redactor is not None:
            event = cleaned(event, self.redactor)
        if not isinstance(event, (Progressed, RowsSettled)):
            self._seq += 1
        stamped = Stamped(self._seq, self._now(), event)
        broken: list[tuple[Sink, Exception]] = []
        for sink in list(self._sinks):
            try:
                sink(stamped)
            except Exception as error:  # noqa: BLE001  # a broken view must not stop a run
                broken.append((sink, error))
        for sink, fault in broken:  # after all have seen this event: they see them in order
            self.drop(sink, fault)

    def masked(self, text: str) -> str:
        """Return text that goes elsewhere without the values of secrets."""
        return text if self.redactor is None else self.redactor.text(text)

    def drop(self, sink: Sink, error: Exception) -> None:
        """Hand nothing more to a sink that does not work, and say so."""
        if sink in self._sinks:
            self._sinks.remove(sink)
        if sink is self.vital:
            self.when_lost(error)
        name = getattr(sink, "__qualname__", type(sink).__name__)
        text = f"{name} stopped: {type(error).__name__}: {error}"
        self.emit(Noted(text=text, level="warning"))
