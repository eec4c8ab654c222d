"""Forms of alerts: a browser's push service, and a mobile as it was typed."""

import binascii
import re
from base64 import urlsafe_b64decode

from flask import request
from flask_babel import gettext as _

from services.portal_gateway.alerts.client.encryption import BadKeys, read_browser_key
from services.portal_gateway.alerts.client.push_addresses import Refused, read_endpoint
from services.portal_gateway.alerts.client.web_push import Browser
from services.portal_gateway.alerts.rules.mobile_codes import DIGITS
from services.portal_gateway.alerts.rules.mobiles import as_e164
from shared.web.forms.form_data import Form

AUTH_BYTES = 16


def read_browser(stand_in: str) -> Browser | None:
    """Return a browser's subscription, None for what no browser sends."""
    try:
        endpoint = request.form.get("endpoint", "")
        read_endpoint(endpoint, stand_in)
        p256dh, auth = (_decode_base64(request.form.get(name, "")) for name in ("p256dh", "auth"))
        read_browser_key(p256dh)
    except (Refused, BadKeys, binascii.Error, ValueError):
        return None
    return Browser(endpoint, p256dh, auth) if len(auth) == AUTH_BYTES else None


def read_mobile() -> tuple[str, Form]:
    """Return a mobile as a gateway dials it, and the form with what is wrong with it."""
    agreed = request.form.get("agreed") == "yes"
    typed = request.form.get("mobile", "").strip()[:30]
    form = Form({"mobile": typed, "agreed": "yes" if agreed else ""})
    form.labels = {"mobile": _("Votre mobile"), "agreed": _("Votre accord")}
    number = as_e164(form.value("mobile"))
    if number is None:
        form.errors["mobile"] = _("Écrivez un numéro de mobile français, comme 06 12 34 56 78.")
    if not agreed:
        form.errors["agreed"] = _("Cochez cette case pour que nous puissions vous écrire.")
    return number or "", form


def read_code() -> Form:
    """Return the form of the code that proves a mobile, with what is wrong with it."""
    typed = re.sub(r"\s", "", request.form.get("code", ""))[:20]
    form = Form({"code": typed})
    form.labels = {"code": _("Code reçu par SMS")}
    if not re.fullmatch(rf"\d{{{DIGITS}}}", typed, re.ASCII):
        form.errors["code"] = _("Écrivez les 6 chiffres du SMS.")
    return form


def _decode_base64(text: str) -> bytes:
    if len(text) > 200 or not text.isascii():
        raise ValueError
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
