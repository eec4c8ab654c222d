"""Metric of where families sign in from: a town that sees one address for all is set up wrongly."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import distinct, func, select

from services.identity.models import SignIn
from shared.database import Read
from shared.database.watching.metrics import Metric
from shared.register.declarations import PORTAL

LATELY = timedelta(days=1)


def measure_one_address_for_all(read: Read, moment: datetime) -> Iterable[Metric]:
    """Count the people who signed in lately where all came from one address; 0 where not."""
    people, addresses = read.execute(
        select(func.count(distinct(SignIn.subject)), func.count(distinct(SignIn.address))).where(
            SignIn.azp == PORTAL, SignIn.opened_at > moment - LATELY, SignIn.address != ""
        )
    ).one()
    yield Metric("sign_in_one_address", people if addresses == 1 else 0)
