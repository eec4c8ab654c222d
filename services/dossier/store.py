"""The dossier's database and the keys of its sealed columns; connected once at start."""

from services.dossier.models import Base
from shared.database import Store, Vault

store = Store("dossier", Base.metadata)
vault = Vault()
