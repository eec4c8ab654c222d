"""A site gets another name: all of its groups with it, and the rights that were given there."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update

from services.enrolment.children.rules.place_codes_of_rights import sites_among_places
from services.enrolment.models import Activity, FormerSite, Group, StaffShift, SubjectRight
from services.enrolment.models.offer import GROUP_SITE
from services.enrolment.offer.commands.editing import lock_activity, publish_activity_and_cards
from services.enrolment.offer.queries.sites import present_name_by_former, sites_of_groups
from services.enrolment.offer.rules.known_site_names import known_or_written_site_name
from shared.contracts.errors import NotFound
from shared.database import Write


class NameTaken(Exception):
    """Another site has or had this name, or a right: who has it would see the children here."""


def rename_site(write: Write, site: str, written: str, now: datetime) -> str:
    """
    Give a site another name for good, and return it. Raises NotFound, NameTaken.

    A right names its site as it was called on its first day: it goes on by the former name.
    """
    sites = {each.name for each in sites_of_groups(write)}
    if site not in sites:
        raise NotFound
    taken = _names_of_others(write, sites, site)
    name = known_or_written_site_name(written, taken)
    if name in taken:
        raise NameTaken
    if name != site:
        _keep_former_name(write, site, name)
        _rename_at_activities(write, site, name, now)
        write.execute(update(StaffShift).where(StaffShift.site == site).values(site=name))
    return name


def _names_of_others(write: Write, sites: Collection[str], site: str) -> set[str]:
    """Return the names that are not this site's: of sites, former ones, and those of rights."""
    former = present_name_by_former(write)
    own = {site} | {name for name, present in former.items() if present == site}
    at_sites = sites_among_places(write.scalars(select(SubjectRight.place).distinct()))
    return {*sites, *former, *at_sites} - own


def _keep_former_name(write: Write, site: str, name: str) -> None:
    write.execute(update(FormerSite).where(FormerSite.site == site).values(site=name))
    write.execute(delete(FormerSite).where(FormerSite.name == name))
    write.add(FormerSite(name=site, site=name))


def _rename_at_activities(write: Write, site: str, name: str, now: datetime) -> None:
    meets = select(Group.activity_id).join(Activity, Activity.id == Group.activity_id)
    ids = sorted(write.scalars(meets.where(GROUP_SITE.in_([site])).distinct()))
    activities = [lock_activity(write, activity_id) for activity_id in ids]
    write.execute(update(Group).where(Group.site == site).values(site=name))
    for activity in activities:
        if activity.site == site:
            activity.site = name
    write.flush()
    for activity in activities:
        publish_activity_and_cards(write, activity, now)
