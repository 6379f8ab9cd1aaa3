"""Logs: events with fields. JSON in Elastic Common Schema in production, readable lines in a terminal."""

import json
import logging
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from aistack.chassis.telemetry.log_writer import LogHandler, log_writer

Event = MutableMapping[str, Any]

ECS_NAMES = {
    "event": "message",
    "timestamp": "@timestamp",
    "level": "log.level",
    "logger": "log.logger",
    "service": "service.name",
    "instance": "service.node.name",
    "request_id": "http.request.id",
    "trace_id": "trace.id",
    "method": "http.request.method",
    "path": "url.path",
    "status": "http.response.status_code",
    "error": "error.message",
    "exception": "error.stack_trace",
    "duration_ms": "event.duration_ms",
    "address": "client.ip",
    "user": "user.id",
    "agent": "user_agent.original",
    "bytes_in": "http.request.body.bytes",
    "bytes_out": "http.response.body.bytes",
}
ECS_VERSION = "8.17"
HEAD_KEYS = ("timestamp", "level", "event")
SECRET_WORDS = ("password", "secret", "token", "api_key", "authorization", "cookie")


def configure_logs(level: str, form: str) -> None:
    """Sets up logging for this process. `form`: json, terminal, or auto (terminal when stderr is one)."""
    terminal = is_for_terminal(form)
    shared: list[Callable[[Any, str, Event], Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask_secrets,
    ]
    last: list[Callable[[Any, str, Event], Any]]
    if terminal:
        last = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    else:
        last = [
            structlog.processors.format_exc_info,
            _to_ecs,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        cache_logger_on_first_use=True,
    )
    log_writer.loss_line = lambda lines: rendered(
        {"timestamp": timestamp(), "level": "warning", "event": "log.dropped", "lines": lines}, terminal=terminal
    )
    handler = LogHandler(log_writer)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel("WARNING")
    logging.getLogger("python_multipart").setLevel("ERROR")
    logging.getLogger("uvicorn.error").setLevel("CRITICAL")  # our own lines report failures


def is_for_terminal(form: str) -> bool:
    """Whether lines are for a person at a terminal rather than for a program."""
    return form == "terminal" or (form == "auto" and sys.stderr.isatty())


def rendered(event: Event, *, terminal: bool) -> str:
    """A line formatted without the logger, for lines written by the thousand. `event` has a `timestamp`."""
    if not terminal:
        return json.dumps(_to_ecs(None, "", event), ensure_ascii=False)
    named = " ".join(f"{key}={value!r}" for key, value in event.items() if key not in HEAD_KEYS)
    return f"{event['timestamp']} [{event['level']:<8}] {event['event']:<30} {named}"


def timestamp() -> str:
    """The current time in UTC with milliseconds, in the format of log lines."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def get_log(service: str) -> structlog.stdlib.BoundLogger:
    """The logger of one service."""
    return structlog.stdlib.get_logger(service).bind(service=service)


def _mask_secrets(_logger: Any, _method: str, event: Event) -> Event:
    for key in event:
        if any(word in key.lower() for word in SECRET_WORDS):
            event[key] = "********"
    return event


def _to_ecs(_logger: Any, _method: str, event: Event) -> Event:
    return {"ecs.version": ECS_VERSION} | {ECS_NAMES.get(key, f"aistack.{key}"): value for key, value in event.items()}
