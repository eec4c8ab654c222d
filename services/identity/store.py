"""Identity's database and the keys of its sealed columns; connected once at start."""

from services.identity.models import Base, Email, place_of
from shared.database import SealedColumn, Store, Vault

store = Store("identity", Base.metadata, [SealedColumn(Email.__table__.c.content, place_of)])
vault = Vault()
