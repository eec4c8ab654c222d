"""The portal's database; connected once at start."""

from services.portal_gateway.models import Base
from shared.database import Store

store = Store("portal", Base.metadata)
