"""Renewing a password that may have been seen: the service gets another one, nothing is lost."""

import os
import time
from urllib.parse import urlsplit

import pytest
from amqp import Connection
from amqp.exceptions import AccessRefused, ConnectionForced

from tests.deploy.one_family import LOGIN, tells, told
from tests.journeys.bus import until
from tests.journeys.people import child_id
from tests.journeys.town import DemoTown

SANDWICHES = {"menu": "standard", "without": ["egg"]}


def entered(uri: str) -> Connection:
    """Enter the broker as somebody would who knows an address with its password."""
    parts = urlsplit(uri)
    connection = Connection(
        f"{parts.hostname}:{parts.port}", parts.username, parts.password, connect_timeout=5
    )
    connection.connect()
    return connection


def test_a_service_gets_a_new_password_and_goes_on_and_the_former_opens_nothing(
    small_town: DemoTown,
) -> None:
    child = child_id(small_town, LOGIN, "Manon")
    secrets = small_town.applied.secrets
    former, others = secrets.read_values("dossier")["AMQP_URI"], secrets.read_values("billing")
    stranger, pid = entered(former), small_town.pid("dossier")

    small_town.preau("renew", "dossier")

    assert small_town.pid("dossier") != pid
    with pytest.raises(AccessRefused):
        entered(former)
    with pytest.raises(ConnectionForced):
        stranger.drain_events(timeout=10)
    assert secrets.read_values("billing") == others
    tells(small_town, child, SANDWICHES)
    until(lambda: told(small_town, child) == SANDWICHES)
    assert small_town.preau("plan").stdout == "nothing to change\n"


def test_a_connection_that_began_a_moment_before_a_renewal_is_cut(small_town: DemoTown) -> None:
    stranger = entered(small_town.applied.secrets.read_values("dossier")["AMQP_URI"])
    secrets = small_town.applied.instance.secrets_path("dossier")
    os.utime(secrets, (time.time() + 0.1, time.time() + 0.1))

    small_town.preau("renew", "--cut", "dossier")

    with pytest.raises(ConnectionForced):
        stranger.drain_events(timeout=10)


def test_who_is_not_of_the_town_gets_no_password(small_town: DemoTown) -> None:
    said = small_town.preau("renew", "enrolment_nobody", ok=False)

    assert said.returncode == 1 and "is none of" in said.stderr
