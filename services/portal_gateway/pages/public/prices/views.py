"""« Tarifs »: search, comparison and simulation without an account and without a cookie."""

from dataclasses import replace
from typing import cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.portal_gateway.pages.public.caching import cacheable
from services.portal_gateway.pages.public.prices import client as quotes
from services.portal_gateway.pages.public.prices import labels
from services.portal_gateway.pages.public.prices import queries as open_prices_queries
from services.portal_gateway.pages.public.prices.rules import grids, page_address, search
from services.portal_gateway.pages.public.prices.rules.page_address import Comparison, Item
from services.portal_gateway.pages.public.prices.rules.quotes import PriceQuestion
from services.portal_gateway.pages.public.prices.rules.tariff_as_shown_on_day import (
    ShownTariff,
    tariff_for_visitor,
    tariff_on_day,
)
from services.portal_gateway.session import provider_health
from services.portal_gateway.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_day

blueprint = Blueprint("tariffs", __name__)

OLDEST = 17


@blueprint.get("/tarifs")
@sign_in_limits.browsing
def show() -> Response:
    """Search what is published; an empty search lists everything."""
    register = shell_here().register
    with store.read() as read:
        everything = open_prices_queries.published_tariffs(read, register)
        entries = open_prices_queries.make_search_entries(read, register, everything)
        unavailable = provider_health.unavailable_providers(read, now())
    form = Form({name: request.args.get(name, "").strip()[:60] for name in _FILTERS})
    result = search.find_entries(
        entries,
        form.value("q"),
        provider=form.value("service"),
        kind=form.value("genre"),
        age=_parse_age(form.value("age")),
        on=today(),
    )
    by_key = {(tariff.provider, tariff.tariff): tariff for tariff in everything}
    shown = [
        tariff_on_day(
            Item(entry.provider, entry.tariff), by_key[entry.provider, entry.tariff], today()
        )
        for entry in result.entries
    ]
    return cacheable(
        render_template(
            "portal/tariffs.html",
            form=form,
            shown=shown,
            exact=result.exact,
            providers=sorted({entry.provider for entry in entries}),
            kinds=[code for code in labels.KINDS if any(entry.kind == code for entry in entries)],
            ages=range(2, OLDEST + 1),
            most=page_address.MOST_COMPARED,
            unticked="cocher" in request.args,
            unavailable=unavailable,
            labels=labels,
            grids=grids,
        )
    )


@blueprint.get("/tarifs/prix")
@sign_in_limits.browsing
def compare() -> Response:
    """Show some tariffs side by side, as far as the address says for whom."""
    if not request.args.getlist("t"):
        return cast(Response, redirect(url_for("tariffs.show", cocher=1)))
    comparison = _read_comparison(request.args)
    form = Form({"commune": "", "quotient": ""} | _count_fields(comparison))
    return _page(comparison, form)


@blueprint.post("/tarifs/prix")
@sign_in_limits.simulating
def simulate() -> Response:
    """
    Say the prices for the quotient that was typed; it is in the answer, and nowhere else.

    What the page gives to pass on holds the band (decision 0023).
    """
    comparison = _read_comparison(request.form)
    names = ("commune", "quotient")
    form = Form({name: request.form.get(name, "").strip()[:20] for name in names})
    form.values |= _count_fields(comparison)
    form.errors = _mistakes(form, any(tariff.asks_commune for tariff in _shown_tariffs(comparison)))
    if form.errors:
        return _page(comparison, form, status=422)
    text = form.value("quotient")
    return _page(
        comparison, form, quotient_cents=read_cents(text) if text else None, is_simulated=True
    )


_FILTERS = ("q", "service", "genre", "age")


def _read_comparison(sent: MultiDict[str, str]) -> Comparison:
    items = page_address.parse_items(sent.getlist("t"))
    if not items:
        raise NotFound
    return Comparison(
        items,
        read_day(sent.get("le", "")) or today(),
        page_address.parse_count(sent.get("enfants", ""), page_address.MOST_CHILDREN),
        page_address.parse_count(sent.get("jours", ""), page_address.MOST_DAYS),
    )


def _count_fields(comparison: Comparison) -> dict[str, str]:
    return {"enfants": str(comparison.children), "jours": str(comparison.days)}


def _mistakes(form: Form, asks_commune: bool) -> dict[str, str]:
    errors = {}
    communes = {commune.insee for commune in shell_here().register.now.communes}
    if asks_commune and form.value("commune") not in {*communes, ELSEWHERE}:
        errors["commune"] = _("Choisissez votre commune.")
    if form.value("quotient") and read_cents(form.value("quotient")) is None:
        errors["quotient"] = _("Écrivez un montant, par exemple 742 ou 742,50.")
    return errors


ELSEWHERE = "other"
"""Code chosen for a commune that the town file does not list."""


def _page(
    comparison: Comparison,
    form: Form,
    *,
    quotient_cents: int | None = None,
    is_simulated: bool = False,
    status: int = 200,
) -> Response:
    shown = _shown_tariffs(comparison)
    if is_simulated:
        commune = form.value("commune")
        shown = [
            tariff_for_visitor(tariff, comparison.on, commune, quotient_cents) for tariff in shown
        ]
    priced = [
        PriceQuestion(tariff.item, tariff.published, tariff.grid, quotient_cents)
        for tariff in shown
        if tariff.grid and tariff.item.residence
    ]
    quoted = quotes.fetch_quotes(comparison, priced) if priced else []
    by_key = {quote.question.item.key: quote for quote in quoted or []}
    shown = [replace(tariff, quoted=by_key.get(tariff.item.key)) for tariff in shown]
    passed_on = replace(comparison, items=[tariff.item for tariff in shown])
    form.labels = {"commune": _("Commune"), "quotient": _("Quotient familial")}
    with store.read() as read:
        unavailable = provider_health.unavailable_providers(read, now())
    page = render_template(
        "portal/tariff_prices.html",
        comparison=comparison,
        today=today(),
        today_query=replace(
            comparison, items=[i.tariff_only() for i in comparison.items], on=today()
        ).query,
        shown=shown,
        asks_commune=any(tariff.asks_commune for tariff in shown),
        form=form,
        typed_quotient=quotient_cents,
        communes=_communes(),
        elsewhere=ELSEWHERE,
        passed_on=url_for("tariffs.compare", _external=True, **passed_on.query) if quoted else "",
        unpriced=quoted is None,
        unavailable=unavailable,
        most=page_address,
        labels=labels,
        grids=grids,
    )
    if request.method == "POST" or quoted is None:
        return make_response(page, status)
    return cacheable(page)


def _shown_tariffs(comparison: Comparison) -> list[ShownTariff]:
    """Return the tariffs that are wanted; raises NotFound where none of them is published."""
    with store.read() as read:
        all_published = open_prices_queries.published_tariffs(read, shell_here().register)
    by_key = {(tariff.provider, tariff.tariff): tariff for tariff in all_published}
    shown = [
        tariff_on_day(item, by_key[item.key], comparison.on)
        for item in comparison.items
        if item.key in by_key
    ]
    if not shown:
        raise NotFound
    return shown


def _communes() -> list[tuple[str, str]]:
    """Return the communes of the town file by name, each once, those that joined later too."""
    by_code = {commune.insee: commune.name for commune in shell_here().register.now.communes}
    return sorted(by_code.items(), key=lambda pair: pair[1])


def _parse_age(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 3 and int(text) <= OLDEST else None
