"""
The latest month of a demonstration, lived by its people: billed, paid, written about, asked for.

Everything goes through what services answer to whoever is signed in. Each act is noted in the
journal, and asked under one request id: a load that broke off goes on without doing it twice.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from deploy.applied_town import Applied
from deploy.demo.life.acts.desk import DeskActs
from deploy.demo.life.acts.family import FamilyActs
from deploy.demo.life.acts.front_desk import OfficeActs
from deploy.demo.life.bill_payments import Collecting
from deploy.demo.life.load_steps import Steps
from deploy.demo.life.regisseur_month import Treasurer
from deploy.demo.life.renewal_answers import Renewing
from deploy.demo.life.signed_in_people import Pages
from deploy.demo.life.titres_at_treasury import Titres
from deploy.demo.plan import Plan

TITRE = "titre"
PROVIDERS_AT_ONCE = 4


def live_latest_month(applied: Applied, plan: Plan, steps: Steps) -> None:
    """Let each provider close, bill and collect, all at once; then let families and offices act."""
    with Pages(applied) as pages:
        families = FamilyActs(plan, pages)
        with ThreadPoolExecutor(PROVIDERS_AT_ONCE) as pool:
            list(
                pool.map(
                    partial(_bill_and_collect, plan, steps, pages, families),
                    plan.providers_with_offer,
                )
            )
        office, desks = OfficeActs(plan, pages), DeskActs(applied, plan)
        answers = Renewing(applied, families)
        orders = [
            *families.family_acts(),
            *office.front_desk_acts(),
            *desks.acts_at_desk(),
            *answers.renewal_acts(),
        ]
        for what, subjects, do in orders:
            steps.do_each(what, subjects, do)


def sign_regisseur_in(plan: Plan, pages: Pages, provider: str) -> Treasurer:
    """Sign a provider's régisseur in; return them at work for its régie."""
    who = next(
        agent
        for agent in plan.journal.demo_town.read_demo_agents()
        if agent.provider == provider and "treasurer" in agent.roles
    )
    [account] = plan.regies(provider)
    return Treasurer(pages.sign_agent_in_once(who), account["code"])


def _bill_and_collect(
    plan: Plan, steps: Steps, pages: Pages, families: FamilyActs, provider: str
) -> None:
    treasurer = sign_regisseur_in(plan, pages, provider)
    steps.do_each(
        f"month {provider}", plan.months_over(provider)[-1:], partial(_bill_month, treasurer)
    )
    [account] = plan.regies(provider)
    if account["channel"] == TITRE:
        Titres(plan, steps, treasurer, account).hand_over_and_read_return()
    else:
        Collecting(plan, steps, families, treasurer, provider).pay_or_chase_bills()


def _bill_month(treasurer: Treasurer, month: str) -> None:
    """Draft a month, look at it and issue it; unless that is done."""
    if month not in treasurer.issued_runs():
        treasurer.issue_month(*treasurer.draft_month(month))
