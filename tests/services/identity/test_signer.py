"""The signer alone holds the key of identity: it signs tokens of this minute, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from deploy.instance.instance import PROJECT
from deploy.instance.secrets import new_token_signing_key
from shared.contracts.errors import NotSignedIn
from shared.contracts.identity.signature_types_and_claims import ORDER
from shared.dates.clock import now
from shared.person import OrderVerifier, Verifier, issue_token, sign_order
from shared.runtime.signing_socket import NotSigned, RemoteSigningKey
from tests.factories.identity import pem_pair
from tests.kit.town import until

DIGEST = "0" * 64
ASK = """\
import socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
    asking.connect(sys.argv[1])
"""


class Signer:
    """A signer that runs as a process, given its key as systemd gives it."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "signer" / "socket"
        self.socket.parent.mkdir(mode=0o750)
        self.pair = new_token_signing_key()
        self.key = RemoteSigningKey(str(self.socket), again=60.0)
        credentials = folder / "credentials"
        credentials.mkdir(mode=0o700)
        (credentials / "secrets").write_text(f"TOKEN_SIGNING_KEY={self.pair}\n", "utf-8")
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "CREDENTIALS_DIRECTORY": str(credentials),
            "SIGNER_SOCKET": str(self.socket),
        }
        self.start()

    @property
    def public(self) -> str:
        return pem_pair(self.pair)[1]

    def start(self) -> None:
        command = [sys.executable, "-m", "services.identity.signer"]
        self.process = subprocess.Popen(command, env=self._environment, cwd=PROJECT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Signer]:
    signer = Signer(tmp_path)
    until(signer.socket.exists, 60)
    yield signer
    signer.kill()


def test_what_it_signs_is_identitys_token_and_identitys_order(signer: Signer) -> None:
    token = issue_token(signer.key, "claire", "portal", "family")
    beside = issue_token(signer.key, "claire", "portal", "family", actor="agent")
    order = sign_order(signer.key, "claire", "portal", "family", DIGEST)

    assert Verifier(signer.public).person(token).subject == "claire"
    assert Verifier(signer.public).person(beside).actor == "agent"
    assert OrderVerifier(signer.public).person(order, DIGEST)[0].subject == "claire"
    with pytest.raises(NotSignedIn):
        Verifier(pem_pair(new_token_signing_key())[1]).person(token)


@pytest.mark.parametrize(
    "what",
    ["of tomorrow", "of yesterday", "for a day", "an order of yesterday", "with more", "of a type"],
)
def test_it_signs_nothing_that_identity_does_not_issue_at_this_moment(
    signer: Signer, what: str
) -> None:
    whom, day = ("claire", "portal", "family"), timedelta(days=1)
    asked = {
        "of tomorrow": lambda: issue_token(signer.key, *whom, issued_at=now() + day),
        "of yesterday": lambda: issue_token(signer.key, *whom, issued_at=now() - day),
        "for a day": lambda: issue_token(signer.key, *whom, lifetime=day),
        "an order of yesterday": lambda: sign_order(signer.key, *whom, DIGEST, now() - day),
        "with more": lambda: jwt.encode(
            {"iat": now().timestamp(), "exp": now().timestamp(), "admin": True},
            signer.key,
            algorithm="EdDSA",
        ),
        "of a type": lambda: jwt.encode(
            {"iat": now().timestamp()}, signer.key, algorithm="EdDSA", headers={"typ": f"{ORDER}2"}
        ),
    }

    with pytest.raises(NotSigned, match="refused"):
        asked[what]()
    assert issue_token(signer.key, *whom)


@pytest.mark.parametrize("typed", ["nothing", "{}.{}", "e30.e30", "bnVsbA.bnVsbA", "a.b.c"])
def test_it_outlives_whatever_it_is_asked(signer: Signer, typed: str) -> None:
    with pytest.raises(NotSigned, match="refused"):
        signer.key.sign(typed.encode())

    assert issue_token(signer.key, "claire", "portal", "family")


def test_a_signer_that_is_started_again_is_waited_for(signer: Signer) -> None:
    signer.kill()
    signer.start()

    assert issue_token(signer.key, "claire", "portal", "family")


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes somebody else")
def test_nobody_who_is_not_let_into_its_folder_reaches_it(signer: Signer, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    command = ["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups", sys.executable]

    asked = subprocess.run([*command, "-c", ASK, signer.socket], capture_output=True, text=True)

    assert asked.returncode == 1
    assert "PermissionError" in asked.stderr
