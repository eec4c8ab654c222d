"""« Rentrée » at the desk: a campaign is written, opened, counted, and the silent reminded."""

import re
from datetime import timedelta

import pytest

from services.enrolment.models import Activity, RenewalCampaign
from services.enrolment.models.offer import OPEN
from services.enrolment.store import store
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.language.typography import long_date
from tests.factories import bookings as family
from tests.factories import renewals as renew
from tests.factories.bookings import Home, a_place
from tests.factories.enrolment import Child, Desk, Provider, desk_of
from tests.factories.renewals import Years, two_years


@pytest.fixture
def years(ens: Provider) -> Years:
    """Give a canteen of this year and of the next, with two children in it."""
    homes = [Home(Child(first_name=name)) for name in ("Manon", "Lucas")]
    family.arrives(ens, *homes)
    years = two_years(places=5)
    for home in homes:
        a_place(home, years.group, "12")
    return years


def desk_as(ens: Provider, *roles: str) -> Desk:
    desk = desk_of(ens)
    desk.signs_in(ens.has_agent(*roles))
    return desk


def writes(desk: Desk, years: Years, **more: str) -> str:
    """Write a campaign by the form; return its address."""
    day = today()
    sent = {
        f"next-{years.former.id}": years.following.id,
        "opens_day": (day - timedelta(days=1)).isoformat(),
        "opens_hour": "08:00",
        "closes_day": (day + timedelta(days=20)).isoformat(),
        "closes_hour": "18:00",
        "keeps": "yes",
        "remind_days": "5",
        **more,
    }
    answer = desk.sends("/rentree/nouvelle", at="/rentree/nouvelle", **sent)
    return answer.location if answer.status_code == 303 else f"{answer.status_code} {answer.text}"


def test_an_administrator_reads_who_would_go_where_and_nothing_is_open_before_ouvrir(
    ens: Provider, years: Years
) -> None:
    desk = desk_as(ens, "administrator")
    assert years.following.id in desk.client.get("/rentree/nouvelle").text

    address = writes(desk, years)
    draft = desk.sees(address)
    renew.time_comes()
    assert ens.published("notice") == []
    desk.sends(f"{address}/ouvrir", at=address)
    opened = desk.sees(address)

    assert "même groupe" in draft and re.search(r"Jules-Ferry .* 2 5 ", draft)
    assert "La campagne est ouverte" in opened and "2 enfants sans réponse" in opened
    assert len(ens.published("notice")) == 2
    assert "Manon" not in opened, "an administrator alone sees no child"
    with store.read() as read:
        assert read.query(RenewalCampaign).one().state == "open"


def test_whoever_copied_the_offer_and_asks_already_is_not_told_to_copy_it(
    ens: Provider, years: Years
) -> None:
    desk = desk_as(ens, "administrator")
    address = writes(desk, years)
    desk.sends(address + "/ouvrir", at=address)

    page = desk.sees("/rentree/nouvelle")

    assert "Aucune activité n’est encore prévue" not in page
    assert "sont déjà dans une campagne" in page


def test_a_campaign_leads_to_the_activities_of_next_year_that_are_not_opened_yet(
    ens: Provider, years: Years
) -> None:
    desk = desk_as(ens, "administrator")
    address = writes(desk, years)
    desk.sends(f"{address}/ouvrir", at=address)

    assert "1 activité de l’an prochain n’est pas encore ouverte" in desk.sees(address)
    assert f'href="/offre/{years.following.id}"' in desk.client.get(address).text

    with store.write() as write:
        write.get_one(Activity, years.following.id).state = OPEN
    assert "pas encore ouverte" not in desk.sees(address)


@pytest.mark.parametrize(("opens", "said"), [("00:00", ""), ("08:00", ", 8 h")])
def test_since_when_families_answer_is_a_day_and_an_hour_where_it_has_begun(
    ens: Provider, years: Years, opens: str, said: str
) -> None:
    desk = desk_as(ens, "administrator")

    draft = desk.sees(writes(desk, years, opens_hour=opens))

    first, last = (long_date(today() + timedelta(days), "fr") for days in (-1, 20))
    told = f"Les familles répondent du {first}{said} au {last}, 18 h."
    assert told.replace("\u00a0", " ") in draft


def test_what_is_typed_wrong_is_said_and_kept(ens: Provider, years: Years) -> None:
    desk = desk_as(ens, "administrator")

    past = writes(desk, years, closes_day=(today() - timedelta(days=3)).isoformat())
    nothing = writes(desk, years, **{f"next-{years.former.id}": ""})

    assert past.startswith("422") and "La date limite vient après" in past
    assert nothing.startswith("422") and "au moins une activité qui continue" in nothing


def test_an_activity_of_another_year_or_another_provider_is_not_found(
    ens: Provider, years: Years
) -> None:
    desk = desk_as(ens, "administrator")

    for wrong in (new_id(), years.former.id):
        assert writes(desk, years, **{f"next-{years.former.id}": wrong}).startswith("404")


def test_the_director_counts_reads_the_list_and_reminds(ens: Provider, years: Years) -> None:
    desk = desk_as(ens, "lead")
    campaign = renew.a_campaign(years)
    renew.time_comes()
    address = f"/rentree/{campaign.id}"

    before = desk.sees(address)
    desk.sends(f"{address}/rappeler", at=address)
    after = desk.sees(address)

    assert "Lucas Lefèvre" in before and "Manon Lefèvre" in before
    assert "Les foyers sans réponse sont rappelés" in after
    kinds = [one["kind"] for one in ens.published("notice")]
    assert kinds.count("renewal_reminder") == 2


def test_a_draft_is_changed_and_thrown_away_an_open_campaign_is_not(
    ens: Provider, years: Years
) -> None:
    desk = desk_as(ens, "administrator")
    address = writes(desk, years)
    form = desk.client.get(f"{address}/modifier").text
    assert 'value="5"' in form and f'value="{years.following.id}" selected' in form

    desk.sends(f"{address}/supprimer", at=address)
    assert desk.client.get(address).status_code == 404
    again = writes(desk, years)
    desk.sends(f"{again}/ouvrir", at=again)

    assert desk.sends(f"{again}/supprimer", at=again).status_code == 404
    assert desk.client.get(f"{again}/modifier").status_code == 404


@pytest.mark.parametrize("role", ["kitchen", "treasurer"])
def test_an_agent_without_the_act_finds_none_of_it(ens: Provider, years: Years, role: str) -> None:
    campaign = renew.a_campaign(years)
    desk = desk_as(ens, role)

    for page in ("/rentree", f"/rentree/{campaign.id}", "/rentree/nouvelle"):
        assert desk.client.get(page).status_code == 404
    answer = desk.sends(f"/rentree/{campaign.id}/rappeler", at="/activer")
    assert answer.status_code == 404
    assert ens.published("notice") == []


def test_who_handles_requests_opens_nothing(ens: Provider, years: Years) -> None:
    draft = renew.a_draft(years)
    desk = desk_as(ens, "school_desk")
    address = f"/rentree/{draft.id}"

    assert "Ouvrir" not in desk.sees(address).replace("brouillon", "")
    for act in ("ouvrir", "supprimer", "modifier"):
        assert desk.sends(f"{address}/{act}", at="/demandes/nouvelle").status_code == 404
