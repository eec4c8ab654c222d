"""The front desk's database, and its agents' sessions in it."""

from services.portal_gateway.front_desk.models import Base
from shared.database import Store
from shared.web.agents.sessions import DeskSessions

store = Store("front_desk", Base.metadata)
sessions = DeskSessions(store)
