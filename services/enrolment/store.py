"""The databases of one provider: its own, and that of its keys."""

from services.enrolment.models import Base
from shared.database import Store, Vault
from shared.web.agents.sessions import DeskSessions

store = Store("enrolment", Base.metadata)
vault = Vault()
sessions = DeskSessions(store)
"""Sessions of the provider's agents at its desk."""
