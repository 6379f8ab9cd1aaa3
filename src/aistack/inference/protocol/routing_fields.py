"""What routing needs of a StreamPredictRequest: read from its bytes, also when only their beginning is there."""

from dataclasses import dataclass

from aistack.inference.protocol.wire_format import FieldValue, Malformed, fields, text

MODEL_ID, PROMPT, ADAPTER, PRIORITY, METADATA, WORKER_HINT, BODY, PREFIX_STICKY = 1, 2, 3, 4, 6, 7, 101, 102
TENANT = 2
NEGATIVE_FROM = 1 << 63


@dataclass(frozen=True, slots=True)
class RoutingFields:
    """`prefix` is the beginning of the prompt or of the body."""

    model: str = ""
    adapter: str = ""
    priority: int = 0
    tenant: str = ""
    worker_hint: str = ""
    sticky: bool = False
    prefix: bytes = b""


def routing_fields(message: bytes, prefix_bytes_max: int, partial: bool = False) -> RoutingFields:
    """The fields of a request; `partial` when its end is not there yet. Raises Malformed."""
    model = adapter = tenant = hint = ""
    priority, sticky = 0, False
    prompt = body = b""
    for number, value in fields(message, partial):
        if number == MODEL_ID:
            model = text(value)
        elif number == PROMPT:
            prompt = _bytes(value)[:prefix_bytes_max]
        elif number == ADAPTER:
            adapter = text(value)
        elif number == PRIORITY and isinstance(value, int):
            priority = value - (1 << 64) if value >= NEGATIVE_FROM else value
        elif number == METADATA:
            tenant = _tenant(_bytes(value), partial) or tenant
        elif number == WORKER_HINT:
            hint = text(value)
        elif number == BODY:
            body = _bytes(value)[:prefix_bytes_max]
        elif number == PREFIX_STICKY:
            sticky = bool(value)
    return RoutingFields(model, adapter, priority, tenant, hint, sticky, body or prompt)


def _tenant(metadata: bytes, partial: bool) -> str:
    tenant = ""
    for number, value in fields(metadata, partial):
        if number == TENANT:
            tenant = text(value)
    return tenant


def _bytes(value: FieldValue) -> bytes:
    if isinstance(value, int):
        raise Malformed("a number where bytes belong")
    return value
