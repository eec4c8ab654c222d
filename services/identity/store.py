"""Identity's database and the keys of its sealed columns; connected once at start."""

from services.identity.models import Base
from shared.database import Store, Vault

store = Store("identity", Base.metadata)
vault = Vault()
