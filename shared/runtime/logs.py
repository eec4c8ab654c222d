"""
Structured logs, one JSON line per fact, with ids and codes and never a name, a value or a body.

Each line has the id of the click, or of the task, that it came of (`shared/runtime/trace.py`).

Libraries that would log payloads or exception texts (an SQL statement with an allergy in it) are
held at warnings, and exceptions are written as their class and the places they passed.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog

from shared.runtime.trace import HEADER, current_trace

_NOISY = (
    "amqp",
    "kombu",
    "nameko",
    "sqlalchemy",
    "alembic",
    "eventlet",
    "marshmallow",
    "urllib3",
    "zeep",
)


def configure_logs(principal: str) -> None:
    """Set up this process's logs; call once, at its entrance."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            lambda _logger, _method, event: {**event, "principal": principal, **_of_trace()},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )


def log(event: str, **facts: Any) -> None:
    """Write one fact; `facts` are ids, codes and counts."""
    structlog.get_logger().info(event, **facts)


def log_error(event: str, error: BaseException, **facts: Any) -> None:
    """Write an error as its class and the places it passed, without its text."""
    structlog.get_logger().error(
        event, error=type(error).__name__, at=_places(error.__traceback__), **facts
    )


def _of_trace() -> dict[str, str]:
    trace = current_trace()
    return {HEADER: trace} if trace else {}


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{frame.filename.rsplit('/', 3)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
