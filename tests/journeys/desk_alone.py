"""One provider's desk under gunicorn, on a database of its own; the broker is down."""

import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from deploy.instance.instance import PROJECT
from services.enrolment.store import sessions, store
from shared.contracts.identity.sign_ins import OpenedSession
from shared.dates.clock import now
from shared.person import LIFETIME
from shared.settings import Settings
from tests.databases import sqlite_in
from tests.factories import enrolment as make
from tests.factories.enrolment import Provider

READY_SECONDS = 30.0


@dataclass(frozen=True)
class DeskAlone:
    """A provider and the address of its desk."""

    provider: Provider
    url: str

    def cookie(self, subject: str, name: str = "Sophie Bernard") -> dict[str, str]:
        """Return the cookie of an agent who signed in just now."""
        answer = OpenedSession(
            kind="agent",
            subject=subject,
            name=name,
            session="s",
            token="t",
            expires_at=now() + LIFETIME,
        )
        value = sessions.start(answer, now())
        principal = self.provider.settings.principal
        return {"name": f"{principal}_session", "value": value, "url": self.url}


@contextmanager
def desk_alone(home: Path, port: int, threads: int = 4) -> Iterator[DeskAlone]:
    """Run the desk of the demo town's school service in a folder of its own."""
    with make.provider_on(sqlite_in(home), home) as provider:
        # As the desk does it: what waits in the outbox is sealed, and read here.
        settings = provider.settings
        store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
        process = _start(provider, home, port, threads)
        try:
            _wait(process, port)
            yield DeskAlone(provider, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(10)


def _start(provider: Provider, home: Path, port: int, threads: int) -> subprocess.Popen[bytes]:
    argv = ["-m", "gunicorn", "services.enrolment.desk.app:create_app()"]
    argv += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", str(threads)]
    argv += ["--no-control-socket"]
    env = {**os.environ, **_environment(provider.settings), "PYTHONWARNINGS": "ignore"}
    with open(home / "desk.log", "ab") as log:
        return subprocess.Popen(
            [sys.executable, *argv], cwd=PROJECT, env=env, stdout=log, stderr=log
        )


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "PREAU_HOME": str(settings.home),
        "PREAU_PRINCIPAL": settings.principal,
        "AMQP_URI": settings.amqp_uri,
        "DATABASE_URL": settings.database_url,
        "KEYS_URL": settings.keys_url,
        "KEY_ENCRYPTION_KEY": b64encode(settings.key_encryption_key).decode(),
        "SECRET_KEY": settings.secret_key,
    }


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the desk did not start")
