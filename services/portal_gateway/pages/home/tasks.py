"""« À faire »: what needs an act of the family, once each, by deadline."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.rules.bills_paid_together import BillsDue, bills_by_due_date
from services.portal_gateway.enrolment.rules.renewals import Progress
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.queries.news import ReceivedNotice
from services.portal_gateway.overview.queries.completeness import sections_to_fill
from services.portal_gateway.overview.queries.family import FamilyOverview, does_place_await_answer
from services.portal_gateway.pages.account.access import accompanied_hooks
from services.portal_gateway.pages.notices import labels as notice_labels
from services.portal_gateway.pages.page_parts.list_lines import Line
from services.portal_gateway.schedule.rules.family_days import Application
from services.portal_gateway.session.queries.children import Child
from shared.dates.clock import PARIS, today
from shared.web.base.app import shell_here
from shared.web.language import typography
from shared.web.language.provider_badges import badge_by_code

NEVER = datetime.max.replace(tzinfo=UTC)
"""The deadline of what has none: it comes last."""
SOON = timedelta(days=3)
ACTS = ("health_unseen", "school_papers", "paper_expiring")
"""Notices that ask a family to do something."""

Task = tuple[datetime, Line]


def tasks_of_family(
    overview: FamilyOverview, going_on: Progress | None, moment: datetime
) -> list[Line]:
    """Return what the family has to do, what is due first first."""
    found = [
        *(
            _task_to_answer_place(each, overview.family.first_names, moment)
            for each in overview.applications
            if does_place_await_answer(each, moment)
        ),
        *_task_to_answer_renewal(going_on, moment),
        *_tasks_to_pay(overview, moment),
        *_tasks_of_notices(overview),
        *_tasks_to_complete_dossiers(overview),
    ]
    return [line for _until, line in sorted(found, key=lambda task: task[0])]


def _task_to_answer_place(
    application: Application, names: dict[str, str], moment: datetime
) -> Task:
    until = application.answer_until
    line = Line(
        url_for(
            "applications.show",
            provider=application.provider,
            application_id=application.application_id,
        ),
        _(
            "Répondre : une place pour %(name)s, %(activity)s",
            name=names[application.child_id],
            activity=application.activity,
        ),
        _before_deadline_in_words(until) if until else "",
        "green",
        "check",
        near=_is_deadline_near(until, moment),
    )
    return until or NEVER, line


def _task_to_answer_renewal(going_on: Progress | None, moment: datetime) -> Iterator[Task]:
    if going_on is None or going_on.done or going_on.until is None:
        return
    note = [
        _before_deadline_in_words(going_on.until),
        ngettext(
            "%(done)s sur %(num)d réponse",
            "%(done)s sur %(num)d réponses",
            going_on.of,
            done=going_on.answered,
        ),
    ]
    line = Line(
        url_for("renewal.show"),
        _("Renouveler les inscriptions pour %(year)s", year=going_on.school_year),
        " · ".join(note),
        "gold",
        "school",
        near=_is_deadline_near(going_on.until, moment),
    )
    yield going_on.until, line


def _tasks_to_pay(overview: FamilyOverview, moment: datetime) -> Iterator[Task]:
    accounts, day = overview.accounts, today()
    for due in bills_by_due_date(
        accounts.bills_asked_for, accounts.recent_failed_payments(moment), day
    ):
        until = datetime.combine(due.due_on, time.max, PARIS)
        line = Line(
            url_for("paying.show_form", invoice_id=due.bills[0].invoice_id)
            if len(due.bills) == 1 and due.failed
            else url_for("bills.show"),
            ngettext(
                "Régler %(amount)s : %(num)d facture",
                "Régler %(amount)s : %(num)d factures",
                len(due.bills),
                amount=bill_labels.euros(due.cents),
            ),
            " · ".join([_due_date_sentence(due), *_failed_payment_notes(due)]),
            "red" if due.late or due.failed else "gold",
            "bills",
            near=due.late or _is_deadline_near(until, moment),
        )
        yield until, line


def _due_date_sentence(due: BillsDue) -> str:
    day = bill_labels.day_label(due.due_on)
    if due.late:
        return _("la date limite était le %(day)s", day=day)
    return _("au plus tard le %(day)s", day=day)


def _failed_payment_notes(due: BillsDue) -> Iterator[str]:
    """Yield what became of payments that failed, with their amounts where there is more to pay."""
    for payment in due.failed:
        sentence = bill_labels.failure_sentence(payment)
        if len(due.bills) == 1:
            yield sentence
        else:
            amount = bill_labels.euros(payment.cents)
            yield _(
                "%(amount)s : %(what)s", amount=amount, what=typography.without_capital(sentence)
            )


def _tasks_of_notices(overview: FamilyOverview) -> Iterator[Task]:
    """Yield what notices ask for, each act once; not of days that are over."""
    asked: set[tuple[object, ...]] = set()
    for notice in overview.news.notices:
        if not notice.unread or notice.kind not in ACTS or _is_over(notice, today()):
            continue
        last_day = notice.detail.get("last_day")
        act = (notice.kind, notice.provider, notice.child_ids, last_day)
        if act not in asked:
            asked.add(act)
            names = notice_labels.join_child_names(notice.child_ids, overview.family.first_names)
            yield notice.received_at, _ACT_OF[notice.kind](notice, names)


def _is_over(notice: ReceivedNotice, day: date) -> bool:
    days = [enrolment_labels.read_day(each) for each in notice.detail.get("days", ())]
    return bool(days) and all(each is not None and each < day for each in days)


def _task_to_call(notice: ReceivedNotice, names: str) -> Line:
    """Ask to call: what was published and is still unseen stays unsaid on this page."""
    return Line(
        url_for("news.show"),
        _(
            "Appeler %(service)s au %(phone)s",
            service=badge_by_code(shell_here().register, notice.provider).label,
            phone=typography.phone_number(notice.detail.get("phone", "")),
        ),
        _("ce que vous avez dit pour %(names)s n’y a pas encore été lu", names=names),
        "red",
        "phone",
        near=True,
    )


def _task_to_show_paper(notice: ReceivedNotice, names: str) -> Line:
    return Line(
        url_for("school.show", child_id=notice.child_ids[0])
        if notice.child_ids
        else url_for("news.show"),
        _("Montrer un papier pour l’école"),
        names,
        "gold",
        "school",
    )


def _task_to_renew_paper(notice: ReceivedNotice, names: str) -> Line:
    """Ask for the next paper; which one it is, the child's own page says."""
    last = enrolment_labels.read_day(notice.detail.get("last_day"))
    return Line(
        url_for("papers.show", child_id=notice.child_ids[0])
        if notice.child_ids
        else url_for("news.show"),
        _("Renouveler un papier : %(names)s", names=names),
        _("valable jusqu’au %(day)s", day=enrolment_labels.short_day(last)) if last else "",
        "gold",
        "attach",
    )


_ACT_OF = {
    "health_unseen": _task_to_call,
    "school_papers": _task_to_show_paper,
    "paper_expiring": _task_to_renew_paper,
}


def _tasks_to_complete_dossiers(overview: FamilyOverview) -> Iterator[Task]:
    slugs = accompanied_hooks.sections_that_may_be_opened()
    for child in overview.family.children:
        missing = [slugs[code] for code in sections_to_fill(child) if code in slugs]
        if missing:
            yield NEVER, _task_to_complete_dossier(child, missing)


def _task_to_complete_dossier(child: Child, missing: list[str]) -> Line:
    return Line(
        url_for("sections.edit", child_id=child.id, slug=missing[0])
        if len(missing) == 1
        else url_for("child.show", child_id=child.id),
        _(
            "Compléter le dossier de %(name)s",
            name=child.first_name,
        ),
        ngettext(
            "1 page n’a jamais été remplie",
            "%(num)d pages n’ont jamais été remplies",
            len(missing),
        ),
        "gold",
        "edit",
    )


def _before_deadline_in_words(until: datetime) -> str:
    return _("avant %(when)s", when=enrolment_labels.until_label(until))


def _is_deadline_near(until: datetime | None, moment: datetime) -> bool:
    return until is not None and until - moment < SOON
