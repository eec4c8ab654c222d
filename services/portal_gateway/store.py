"""The portal's database, connected once at start, and the key under which it keeps families."""

from functools import partial
from typing import Any

from services.portal_gateway.models import (
    AccompaniedLine,
    AccompaniedVisit,
    AlertMobile,
    Base,
    BillCard,
    BulletinCard,
    FamilyCard,
    FamilyOrder,
    GuardianCard,
    MobileCheck,
    Notice,
    OutgoingAlert,
    PushSubscription,
    ThreadCard,
    sealed_value_bindings,
)
from shared.database import SealedColumn, Store

SEALED = (
    SealedColumn(GuardianCard.__table__.c.content, sealed_value_bindings.guardian_card_binding),
    SealedColumn(FamilyCard.__table__.c.content, sealed_value_bindings.family_card_binding),
    SealedColumn(BillCard.__table__.c.content, sealed_value_bindings.bill_card_binding),
    SealedColumn(Notice.__table__.c.content, sealed_value_bindings.notice_binding),
    SealedColumn(
        FamilyOrder.__table__.c.content,
        partial(sealed_value_bindings.order_binding, column="content"),
    ),
    SealedColumn(
        FamilyOrder.__table__.c.outcome,
        partial(sealed_value_bindings.order_binding, column="outcome"),
    ),
    SealedColumn(
        AccompaniedVisit.__table__.c.content, sealed_value_bindings.accompanied_session_binding
    ),
    SealedColumn(
        AccompaniedLine.__table__.c.content, sealed_value_bindings.accompanied_line_binding
    ),
    SealedColumn(ThreadCard.__table__.c.content, sealed_value_bindings.thread_binding),
    SealedColumn(BulletinCard.__table__.c.content, sealed_value_bindings.bulletin_binding),
    SealedColumn(
        PushSubscription.__table__.c.content, sealed_value_bindings.push_subscription_binding
    ),
    SealedColumn(AlertMobile.__table__.c.content, sealed_value_bindings.mobile_binding),
    SealedColumn(MobileCheck.__table__.c.content, sealed_value_bindings.mobile_check_binding),
    SealedColumn(OutgoingAlert.__table__.c.content, sealed_value_bindings.alert_binding),
)

store = Store("portal", Base.metadata, SEALED)


def seal_for_row(place: str, value: object) -> bytes:
    """Return a JSON value sealed for one row: `place` names it."""
    return store.seal(place, value)


def open_sealed(place: str, sealed: bytes) -> Any:
    """Return a sealed value; raises Unreadable."""
    return store.unseal(place, sealed)
