"""A child as one provider's service can read it on its own disk, with its own keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from deploy.provisioning.databases import KEYS
from services.enrolment.children.queries.contents import sealed_place_of_projection
from shared.database.keys.vault import Vault
from shared.settings import Settings
from tests.journeys.databases import database, found
from tests.journeys.town import DemoTown

HELD = (
    "SELECT key_id, projection, content FROM held_projection JOIN child_key USING (child_id)"
    " WHERE child_id = :child AND content IS NOT NULL"
)


def contents(town: DemoTown, principal: str, child: str) -> dict[str, Any]:
    """Return each projection that a provider holds of a child; raises Unreadable."""
    vault = vault_of(town, principal)
    return {
        projection: vault.open(key_id, sealed_place_of_projection(projection), content)
        for key_id, projection, content in _rows(town, principal, child)
    }


def opened(town: DemoTown, principal: str, child: str) -> str:
    """Return all of it as one text."""
    return " ".join(map(str, contents(town, principal, child).values()))


@contextmanager
def shredded(town: DemoTown, principal: str, child: str) -> Iterator[None]:
    """Destroy the key of a child at a provider, as its service does; put it back afterwards."""
    key_id = _rows(town, principal, child)[0][0]
    with database(town, principal, KEYS) as connection:
        find = text("SELECT wrapped, made_at FROM subject_key WHERE subject_id = :key_id")
        wrapped, made_at = connection.execute(find, {"key_id": key_id}).one()
    vault_of(town, principal).shred_keys(key_id)
    try:
        yield
    finally:
        with database(town, principal, KEYS) as connection:
            again = text("INSERT INTO subject_key VALUES (:key_id, :wrapped, :made_at)")
            values = {"key_id": key_id, "wrapped": wrapped, "made_at": made_at}
            connection.execute(again, values)
            connection.commit()


def vault_of(town: DemoTown, principal: str) -> Vault:
    """Return the keys of a provider's service."""
    settings = Settings.from_env(town.applied.environment_of_principal(principal))
    return Vault(settings.keys_url, settings.key_encryption_key)


def _rows(town: DemoTown, principal: str, child: str) -> list[Any]:
    rows = found(town, principal, HELD, child=child)
    assert rows
    return rows
