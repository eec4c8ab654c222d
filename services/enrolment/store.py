"""The databases of one provider: its own, and that of its keys."""

from services.enrolment.models import Base
from shared.database import Store, Vault

store = Store("enrolment", Base.metadata)
vault = Vault()
