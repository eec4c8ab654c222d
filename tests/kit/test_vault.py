"""The vault: what it seals, whom it opens it for, and keys that are destroyed."""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared.database import Unreadable, Vault
from shared.database.engines import open_engine
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.faults.writing import child, seal
from tests.forked import processes
from tests.kit.town import until

SOMEBODY = "00000000-0000-7000-8000-000000000001"
KEY = b64encode(b"k" * 32).decode()


@pytest.fixture
def vault(database: Database) -> Vault:
    """Give a vault with a store of keys of its own."""
    return Vault(database.keys_url, b64decode(KEY))


def test_what_was_sealed_is_opened_by_another_process_of_the_service(
    vault: Vault, database: Database
) -> None:
    sealed = vault.seal(SOMEBODY, "diet.text", {"allergy": "arachide"})

    other = Vault(database.keys_url, b64decode(KEY))

    assert b"arachide" not in sealed
    assert other.open(SOMEBODY, "diet.text", sealed) == {"allergy": "arachide"}


def test_moved_or_changed_bytes_are_unreadable(vault: Vault) -> None:
    other = new_id()
    sealed = vault.seal(SOMEBODY, "diet.text", "arachide")
    vault.prepare_keys([other])

    for subject, place, moved in (
        (other, "diet.text", sealed),
        (SOMEBODY, "health.text", sealed),
        (SOMEBODY, "diet.text", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (SOMEBODY, "diet.text", b""),
    ):
        with pytest.raises(Unreadable):
            vault.open(subject, place, moved)


def test_a_shredded_subject_is_unreadable_in_every_process(
    vault: Vault, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.database.keys.vault.CACHED_SECONDS", 0.2)  # a figure, no code
    other = Vault(database.keys_url, b64decode(KEY))
    sealed = vault.seal(SOMEBODY, "diet.text", "arachide")
    assert other.open(SOMEBODY, "diet.text", sealed) == "arachide"

    vault.shred_keys(SOMEBODY)

    with pytest.raises(Unreadable):
        vault.open(SOMEBODY, "diet.text", sealed)
    until(lambda: _is_unreadable(other, sealed), 2)
    again = vault.seal(SOMEBODY, "diet.text", "lait")
    assert vault.open(SOMEBODY, "diet.text", again) == "lait"
    with pytest.raises(Unreadable):
        vault.open(SOMEBODY, "diet.text", sealed)


def _is_unreadable(vault: Vault, sealed: bytes) -> bool:
    try:
        vault.open(SOMEBODY, "diet.text", sealed)
    except Unreadable:
        return True
    return False


def test_processes_that_begin_together_make_one_key_per_subject(
    database: Database, tmp_path: Path
) -> None:
    """Not even the keys' store is there before: they make that together too."""
    files, together = [tmp_path / f"sealed-{number}" for number in range(4)], processes.Barrier(4)
    sealers = [
        processes.Process(target=seal, args=(database.keys_url, KEY, 100, together, str(file)))
        for file in files
    ]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join(60)

    sealed = [file.read_text().split() for file in files]

    vault = Vault(database.keys_url, b64decode(KEY))
    for lines in sealed:
        opened = [
            vault.open(child(number), "kit.value", bytes.fromhex(line))
            for number, line in enumerate(lines)
        ]
        assert opened == ["arachide"] * 100


def test_many_subjects_are_prepared_while_others_have_theirs(vault: Vault, tmp_path: Any) -> None:
    known, fresh = new_id(), [new_id() for _ in range(1200)]
    sealed = vault.seal(known, "diet.text", "arachide")

    vault.prepare_keys([known, *fresh])

    assert vault.open(known, "diet.text", sealed) == "arachide"
    engine = open_engine(f"sqlite:///{tmp_path}/keys.sqlite")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM subject_key")) == 1201
    engine.dispose()
