"""Identity's database and the keys of its sealed columns; connected once at start."""

from services.identity.models import Base, Email, sealed_place_of_email
from shared.database import SealedColumn, Store, Vault

store = Store(
    "identity", Base.metadata, [SealedColumn(Email.__table__.c.content, sealed_place_of_email)]
)
vault = Vault()
