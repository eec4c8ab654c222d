"""
Checks of this machine's clock, by what needs no network: files, time service, engines.

Deadlines, sign-ins and places hang on it: what falls due while it is wrong stays as it is.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from deploy.applied_town import Applied
from deploy.doctor.finding import Finding, duration_in_words
from deploy.engines.broker_reconciliation import BrokerRefused, BrokerUnreachable
from deploy.engines.postgres_admin import PostgresError
from shared.dates.clock import CLOCKS_DIFFER, now

AHEAD_SECONDS = 120.0
SET = "timedatectl set-ntp true"
IN_CONTAINER = Path("/run/systemd/container")
"""Written by systemd where it runs in a container, whose clock is that of the machine around it."""

PATIENCE_SECONDS = 5.0


def check_clock(applied: Applied) -> Iterator[Finding]:
    """Say that what was written lies in the future: deadlines and tokens are then wrong."""
    instance = applied.instance
    written = [*instance.data_dir.glob("*/*"), *instance.log_dir.glob("*.log")]
    ahead = max((path.stat().st_mtime for path in written), default=0.0) - time.time()
    if ahead > AHEAD_SECONDS:
        yield Finding(
            "The clock of this machine was set back: files are of a time"
            f" {duration_in_words(ahead)} ahead.",
            SET,
        )


def check_time_service(_applied: Applied) -> Iterator[Finding]:
    """Say that the time service of this machine has not set its clock; nothing where none runs."""
    if not IN_CONTAINER.exists() and is_time_service_without_time(_state_of_time_service()):
        yield Finding(
            "The time service of this machine reaches no server: its clock may be ahead or behind.",
            "timedatectl timesync-status",
        )


def is_time_service_without_time(state: str) -> bool:
    """Read `timedatectl show`: a service is to set the clock, and has not."""
    said = dict(line.split("=", 1) for line in state.splitlines() if "=" in line)
    return (said.get("NTP"), said.get("NTPSynchronized")) == ("yes", "no")


def _state_of_time_service() -> str:
    try:
        return subprocess.run(
            ["timedatectl", "show"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def check_clocks_agree(applied: Applied) -> Iterator[Finding]:
    """Say that this machine's clock differs from that of the databases' server or the broker."""
    server = applied.engines_of_town.postgres_server()
    asked: dict[str, Callable[[], datetime]] = {
        "the broker": applied.broker_as_administrator().time_of_node
    }
    if server is not None:
        asked["the database server"] = server.time_of_server
    for whose, ask in asked.items():
        before = now()
        try:
            moment = ask()
        except (BrokerRefused, BrokerUnreachable, PostgresError):
            continue  # which another check says
        if before - CLOCKS_DIFFER <= moment <= now() + CLOCKS_DIFFER:
            continue
        seconds = (before - moment).total_seconds()
        way = "ahead of" if seconds > 0 else "behind"
        yield Finding(
            f"The clock of this machine is {duration_in_words(abs(seconds))} {way} that of"
            f" {whose}.",
            f"{SET}  # here, and on the machine of {whose}",
        )
