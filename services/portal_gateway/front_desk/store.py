"""
The front desk's database, its agents' sessions in it, and the keys for what it keeps.

The vault has a key for each decision that is in force on a widening.
"""

from services.portal_gateway.front_desk.models import (
    AskedApproval,
    Barrier,
    Base,
    Breach,
    approval_binding,
    barrier_binding,
    breach_binding,
)
from shared.database import SealedColumn, Store, Vault
from shared.web.agents.sessions import DeskSessions

SEALED = (
    SealedColumn(AskedApproval.__table__.c.content, approval_binding),
    SealedColumn(Barrier.__table__.c.content, barrier_binding),
    SealedColumn(Breach.__table__.c.content, breach_binding),
)

store = Store("front_desk", Base.metadata, SEALED)
vault = Vault()
sessions = DeskSessions(store)
