"""Billing's database; connected once at start."""

from services.billing.models import Base
from services.billing.models.sealed_columns import SEALED
from shared.database import Store

store = Store("billing", Base.metadata, SEALED)
