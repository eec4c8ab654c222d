"""
Structured logs: one JSON line per event, with ids and codes, never a name, a value or a body.

Each line has the trace id of the click or task that caused it (`shared/runtime/trace.py`).

Libraries that would log payloads or exception texts (an SQL statement with an allergy in it) are
limited to critical messages. Exceptions are logged by class and stack positions, without text.
"""

import logging
import sys
import traceback
from types import TracebackType

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
    """Configure this process's logs; call it once at start."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            lambda _logger, _method, event: {**event, "principal": principal, **_trace_field()},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )


def log(event: str, **fields: object) -> None:
    """Write one line; `fields` are ids, codes and counts."""
    structlog.get_logger().info(event, **fields)


def log_error(event: str, error: BaseException, **fields: object) -> None:
    """Write an error as its class and stack positions, without its text."""
    structlog.get_logger().error(
        event, error=type(error).__name__, at=_stack_positions(error.__traceback__), **fields
    )


def _trace_field() -> dict[str, str]:
    trace = current_trace()
    return {HEADER: trace} if trace else {}


def _stack_positions(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{frame.filename.rsplit('/', 3)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
