"""First publication of all that a provider offers, when families may come."""

from sqlalchemy import select

from services.enrolment.models import Activity, ResidenceClasses, School, Tariff, WaiverMotives
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.offer.tariffs.commands import publishing as tariffs
from services.enrolment.school_year.enrolments.commands.catchment_waivers import publish_motives
from services.enrolment.school_year.schools.commands.publishing import publish_school
from shared.contracts.enrolment.succession import PublishOfferAnswer
from shared.database import Write


def publish_whole_offer(write: Write) -> PublishOfferAnswer:
    """Publish activities, tariffs, residences and schools that differ from what was published."""
    activities = write.scalars(select(Activity.id).order_by(Activity.id)).all()
    classes = write.scalars(select(ResidenceClasses).with_for_update()).all()
    grids = write.scalars(select(Tariff).order_by(Tariff.code).with_for_update()).all()
    for school_id in write.scalars(select(School.id).order_by(School.id)).all():
        publish_school(write, school_id)
    for motives in write.scalars(select(WaiverMotives).with_for_update()).all():
        publish_motives(write, motives)
    return PublishOfferAnswer(
        activities=sum(publish_activity(write, activity_id) for activity_id in activities),
        tariffs=sum(
            [
                *(tariffs.publish_residences(write, row) for row in classes),
                *(tariffs.publish_tariff(write, row) for row in grids),
            ]
        ),
    )
