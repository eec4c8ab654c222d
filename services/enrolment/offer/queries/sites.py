"""Sites of this provider: where its groups meet, in whatever year, and what they were called."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.enrolment.models import Activity, FormerSite, Group, School
from services.enrolment.models.offer import GROUP_SITE
from services.enrolment.offer.rules.known_site_names import known_or_written_site_name
from shared.database.tables.french_order import french_sort_column
from shared.text import collation_key


@dataclass(frozen=True)
class NamedSite:
    """A site with its number of groups, of all years."""

    name: str
    groups: int


def sites_of_groups(read: Session) -> list[NamedSite]:
    """Return where groups meet, by name."""
    query = select(GROUP_SITE, func.count()).select_from(Group)
    joined = query.join(Activity, Activity.id == Group.activity_id).group_by(GROUP_SITE)
    found = [NamedSite(name, groups) for name, groups in read.execute(joined) if name]
    return sorted(found, key=lambda site: collation_key(site.name))


def site_names_to_choose(read: Session) -> list[str]:
    """Return the names of sites, and of schools, that a group's form proposes."""
    used = [site.name for site in sites_of_groups(read)]
    schools = [
        name
        for name in read.scalars(select(School.name))
        if known_or_written_site_name(name, used) == name
    ]
    return sorted({*used, *schools}, key=collation_key)


def present_name_of_site(read: Session, written: str) -> str:
    """Return the name of a written site: as it is known here, a former name as it is now."""
    names = [site.name for site in sites_of_groups(read)]
    former = present_name_by_former(read)
    stated = read.scalars(select(Activity.site).distinct())
    schools = read.scalars(select(School.name))
    site = known_or_written_site_name(written, (*names, *former, *stated, *schools))
    return former.get(site, site)


def present_name_by_former(
    read: Session, former: Collection[str] | None = None
) -> Mapping[str, str]:
    """Return by former name, of these or of all, what a site is called now."""
    query = select(FormerSite.name, FormerSite.site)
    if former is not None:
        query = query.where(FormerSite.name.in_(former))
    return dict(read.execute(query.order_by(french_sort_column(FormerSite.name))).all())
