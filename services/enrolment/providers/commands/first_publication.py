"""First publication of all that a provider offers, when families may come."""

from sqlalchemy import select

from services.enrolment.models import Activity, ResidenceClasses, Tariff
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.tariffs.commands import publishing as tariffs
from shared.contracts.enrolment.succession import PublishOfferAnswer
from shared.database import Write


def publish_whole_offer(write: Write) -> PublishOfferAnswer:
    """Publish activities, tariffs and residence classes that differ from what was published."""
    activities = write.scalars(select(Activity.id).order_by(Activity.id)).all()
    classes = write.scalars(select(ResidenceClasses).with_for_update()).all()
    grids = write.scalars(select(Tariff).order_by(Tariff.code).with_for_update()).all()
    return PublishOfferAnswer(
        activities=sum(publish_activity(write, activity_id) for activity_id in activities),
        tariffs=sum(
            [
                *(tariffs.publish_residences(write, row) for row in classes),
                *(tariffs.publish_tariff(write, row) for row in grids),
            ]
        ),
    )
