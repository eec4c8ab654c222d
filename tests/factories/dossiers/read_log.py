"""The read log of a child as its guardian reads it."""

from shared.contracts.dossier import guardians as contracts
from tests.factories.dossier import Town


def log_of(town: Town, guardian: str, child: str) -> list[tuple[str, str, str]]:
    reads = town.ask(contracts.who_read, subject=guardian, child_id=child).reads
    return sorted((read["provider"], read["role"], read["projection"]) for read in reads)
