"""« Être prévenu sur mon téléphone » : devices, SMS, and of what."""

import secrets
from dataclasses import dataclass

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from services.portal_gateway.alerts.client.vapid import TownKey
from services.portal_gateway.alerts.commands import mobile_codes
from services.portal_gateway.alerts.commands.devices import (
    NewDevice,
    add_device_for_alerts,
    end_alerts_on_device,
    end_alerts_on_devices,
    forget_mobile_of_guardian,
    keep_alert_choices,
)
from services.portal_gateway.alerts.queries import alert_channels
from services.portal_gateway.alerts.rules.categories import BY_CHANNEL
from services.portal_gateway.pages.account.alerts import forms, labels
from services.portal_gateway.session import alert_device, current_user
from services.portal_gateway.store import store
from shared.dates.clock import now
from shared.settings import Settings
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language.languages import language_here
from shared.web.session import cookies

blueprint = Blueprint("alerts", __name__)

SECRET_BYTES = 32


@dataclass(frozen=True)
class Channels:
    """Channels of alerts in this town: the key of its browsers, and whether it sends SMS."""

    key: TownKey | None
    stand_in: str
    by_sms: bool

    @staticmethod
    def from_settings(settings: Settings) -> "Channels":
        key = TownKey(settings.vapid_key, settings.portal_url) if settings.vapid_key else None
        return Channels(key, settings.push_stand_in, settings.sms_gateway is not None)


@blueprint.get("/compte/alertes")
@current_user.signed_in
def show() -> str:
    """Show the channels of this guardian's alerts, and their categories."""
    return _page(Form())


@blueprint.post("/compte/alertes/appareil")
@current_user.signed_in
def alert_this_browser() -> ResponseReturnValue:
    """Tell this browser from now on."""
    channels = _channels_of_app()
    browser = forms.read_browser(channels.stand_in)
    if channels.key is None or browser is None:
        abort(400)
    secret = alert_device.device_secret() or secrets.token_urlsafe(SECRET_BYTES)
    added = NewDevice(
        browser.endpoint,
        browser.p256dh,
        browser.auth,
        secret,
        language_here(),
        channels.key.mark,
    )
    with store.write() as write:
        add_device_for_alerts(write, current_user.subject_of_user(), added, now())
    response = _redirect_with_message("device_added")
    cookies.write(response, alert_device.COOKIE, secret, seconds=alert_device.KEPT_SECONDS)
    return response


@blueprint.post("/compte/alertes/appareil/retirer")
@current_user.signed_in
def end_here() -> ResponseReturnValue:
    """Tell this browser nothing more."""
    with store.write() as write:
        end_alerts_on_device(write, alert_device.device_secret())
    response = _redirect_with_message("device_ended")
    cookies.forget(response, alert_device.COOKIE)
    return response


@blueprint.post("/compte/alertes/appareils/retirer")
@current_user.signed_in
def end_everywhere() -> ResponseReturnValue:
    """Tell none of this guardian's devices anything more, wherever they are."""
    with store.write() as write:
        end_alerts_on_devices(write, current_user.subject_of_user())
    response = _redirect_with_message("device_ended")
    cookies.forget(response, alert_device.COOKIE)
    return response


@blueprint.post("/compte/alertes/choix/<any(push, sms):channel>")
@current_user.signed_in
def choose(channel: str) -> ResponseReturnValue:
    """Store the categories of one channel."""
    chosen = set(request.form.getlist("category"))
    if not chosen <= set(BY_CHANNEL[channel]):
        abort(400)
    with store.write() as write:
        keep_alert_choices(write, current_user.subject_of_user(), channel, chosen)
    return _redirect_with_message("choices_saved")


@blueprint.post("/compte/alertes/mobile")
@current_user.signed_in
def save_mobile() -> ResponseReturnValue:
    """Send a code to the mobile to which the guardian agrees to be written."""
    if not _channels_of_app().by_sms:
        abort(404)
    number, form = forms.read_mobile()
    if form.errors:
        return _page(form), 422
    town, subject = shell_here().register.now.town.name, current_user.subject_of_user()
    with store.write() as write:
        sent = mobile_codes.send_mobile_code(write, subject, number, language_here(), town, now())
    if not sent:
        form.errors["mobile"] = _("Plusieurs codes sont déjà partis : réessayez demain.")
        return _page(form), 422
    return _redirect_with_message("code_sent")


@blueprint.post("/compte/alertes/mobile/code")
@current_user.signed_in
def prove_mobile() -> ResponseReturnValue:
    """Let SMS go to the mobile whose code was typed."""
    form = forms.read_code()
    if not form.errors:
        with store.write() as write:
            code = form.value("code")
            proven = mobile_codes.prove_mobile(write, current_user.subject_of_user(), code, now())
        if proven:
            return _redirect_with_message("mobile_saved")
        form.errors["code"] = _(
            "Ce code n’est pas le bon, ou ne vaut plus : après 5 essais ou 10 minutes, "
            "demandez-en un autre."
        )
    form.values["code"] = ""
    return _page(form), 422


@blueprint.post("/compte/alertes/mobile/autre")
@current_user.signed_in
def change_mobile() -> ResponseReturnValue:
    """Let the code be void, and ask for a number again."""
    with store.write() as write:
        mobile_codes.void_mobile_code(write, current_user.subject_of_user(), now())
    return redirect(url_for("alerts.show"), 303)


@blueprint.post("/compte/alertes/mobile/retirer")
@current_user.signed_in
def forget_mobile() -> ResponseReturnValue:
    """Forget the mobile, and write to it no more."""
    with store.write() as write:
        forget_mobile_of_guardian(write, current_user.subject_of_user())
    return _redirect_with_message("mobile_ended")


def _channels_of_app() -> Channels:
    channels: Channels = current_app.extensions["preau_alerts"]
    return channels


def _redirect_with_message(message: str) -> BaseResponse:
    flash("", message)
    return redirect(url_for("alerts.show", _anchor="confirmation"), 303)


def _page(form: Form) -> str:
    channels = _channels_of_app()
    form.labels = form.labels or {}
    with store.read() as read:
        reached = alert_channels(
            read, current_user.subject_of_user(), alert_device.device_secret(), now()
        )
    return render_template(
        "portal/alerts.html",
        form=form,
        reached=reached,
        by_sms=channels.by_sms,
        key=channels.key.public if channels.key else "",
        by_channel=BY_CHANNEL,
        labels=labels.CATEGORIES,
    )
