"""What the time service of a machine says of its clock, as the doctor reads it; pure."""

import pytest

from deploy.doctor.clocks import is_time_service_without_time

SAID = "Timezone=Europe/Paris\nLocalRTC=no\nCanNTP=yes\nNTP={}\nNTPSynchronized={}\n"


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        (SAID.format("yes", "no"), True),
        (SAID.format("yes", "yes"), False),
        (SAID.format("no", "no"), False),
        ("", False),
    ],
    ids=["no-server-reached", "set", "set-otherwise", "no-systemd"],
)
def test_a_time_service_that_reaches_no_server_is_a_finding(state: str, wrong: bool) -> None:
    assert is_time_service_without_time(state) == wrong
