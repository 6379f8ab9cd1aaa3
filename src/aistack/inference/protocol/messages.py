"""ControlMessage, WorkerHealthRequest and WorkerHealthResponse, and the service's paths."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aistack.inference.protocol.wire_format import Malformed, fields, map_entry, put_bytes, put_map, text

SERVICE = "cy.llm.AiInference"
STREAM_PREDICT, CONTROL, HEALTH = (f"/{SERVICE}/{method}" for method in ("StreamPredict", "Control", "Health"))
TRUE = b"\x08\x01"  # field 1 of a WorkerHealthResponse


@dataclass(frozen=True, slots=True)
class ControlMessage:
    """A command to a worker or a sidecar, and the answer to it."""

    command: str
    payload: Mapping[str, str] = field(default_factory=dict[str, str])
    trace_id: str = ""

    def encode(self) -> bytes:
        return put_bytes(1, self.trace_id.encode()) + put_bytes(2, self.command.encode()) + put_map(3, self.payload)

    @classmethod
    def decode(cls, data: bytes) -> "ControlMessage":
        """Raises Malformed."""
        trace_id = command = ""
        payload: dict[str, str] = {}
        for number, value in fields(data):
            if number == 1:
                trace_id = text(value)
            elif number == 2:
                command = text(value)
            elif number == 3:
                key, held = map_entry(value)
                payload[key] = held
        return cls(command, payload, trace_id)


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """A worker's, or a sidecar's, answer to Health."""

    healthy: bool
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])

    def encode(self) -> bytes:
        return (TRUE if self.healthy else b"") + put_map(2, self.metrics)

    @classmethod
    def decode(cls, data: bytes) -> "WorkerHealth":
        """Raises Malformed."""
        healthy = False
        metrics: dict[str, str] = {}
        for number, value in fields(data):
            if number == 1:
                if not isinstance(value, int):
                    raise Malformed("`healthy` is not a boolean")
                healthy = bool(value)
            elif number == 2:
                key, held = map_entry(value)
                metrics[key] = held
        return cls(healthy, metrics)


def health_request(trace_id: str = "") -> bytes:
    return put_bytes(1, trace_id.encode())
