"""Sealing of families' bank accounts and of the bank files that name them."""

from services.billing.models import DebitRun, Mandate
from shared.database import SealedColumn
from shared.database.keys.sealing import Sealer

PURPOSE = "mandate"


def account_sealer(key: bytes) -> Sealer:
    """Return what seals accounts, from billing's own key."""
    return Sealer.of_secret(key.hex(), PURPOSE)


SEALED = (
    SealedColumn(Mandate.__table__.c.account, str, account_sealer),
    SealedColumn(DebitRun.__table__.c.file, str, account_sealer),
)
