"""
Prometheus metrics of each process, for the one metrics page of an instance.

Labels are principals, endpoints, methods, events and codes: never a family, a person or a child. A
process writes its metrics to files in a folder of its own (prometheus_client's multiprocess mode),
which `deploy/metrics` reads; without that folder they stay in memory.
"""

import os
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram, values

from shared.runtime.gunicorn_hooks import FOLDER


def keep_metrics_in_folder() -> None:
    """Use the folder named by the environment, if any; call it first, and after a fork."""
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    values.ValueClass = values.get_value_class()


keep_metrics_in_folder()

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
"""Buckets of durations: a page should take under half a second, a caller waits for three."""

pages = Counter("preau_pages", "Pages answered, by endpoint.", ("principal", "endpoint", "status"))
page_seconds = Histogram(
    "preau_page_seconds", "How long a page takes.", ("principal", "endpoint"), buckets=SECONDS
)
answers = Counter(
    "preau_answers",
    "Requests answered, by outcome: done, or the code of the refusal.",
    ("principal", "method", "outcome"),
)
too_large = Counter(
    "preau_too_large",
    "Requests and answers that were larger than a message: someone cannot see or do something.",
    ("principal", "method", "what"),
)
files_refused = Counter(
    "preau_files_refused",
    "Files that a person sent and nobody gets, by why: infected, unscanned, kind, broken, …",
    ("principal", "reason"),
)
answer_seconds = Histogram(
    "preau_answer_seconds", "How long an answer takes.", ("principal", "method"), buckets=SECONDS
)
asked = Counter(
    "preau_asked",
    "Requests sent, by who was asked and the outcome its caller saw.",
    ("principal", "callee", "outcome"),
)
dropped = Counter(
    "preau_requests_dropped",
    "Requests that were not decided: late, unreadable, or deadly (two processes ended over them).",
    ("principal", "reason"),
)
events = Counter(
    "preau_events",
    "Events received, by outcome: handled, again (the handler failed) or parked.",
    ("principal", "outcome"),
)
published_to_handled_seconds = Histogram(
    "preau_published_to_handled_seconds",
    "From the transaction that published an event to the commit of its effect.",
    ("principal",),
    buckets=(*SECONDS, 10.0, 60.0, 600.0),
)
open_pages = Gauge(
    "preau_open_pages",
    "Pages that hold a stream open.",
    ("principal",),
    multiprocess_mode="livesum",
)
