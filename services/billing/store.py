"""Billing's database; connected once at start."""

from services.billing.debits.seals import SEALED
from services.billing.models import Base
from shared.database import Store

store = Store("billing", Base.metadata, SEALED)
