"""The browser as a device of alerts: a secret in a cookie of its own."""

from services.portal_gateway.alerts.commands.devices import end_alerts_on_device
from services.portal_gateway.store import store
from shared.web.session import cookies

COOKIE = "told"
KEPT_SECONDS = 400 * 24 * 3600
"""Seconds for which a browser keeps any cookie at most: 400 days."""


def device_secret() -> str:
    """Return this browser's secret, "" where it never had one."""
    return cookies.read(COOKIE)


def end_alerts_on_this_device() -> None:
    """Tell nobody anything more on this browser."""
    secret = device_secret()
    if secret:
        with store.write() as write:
            end_alerts_on_device(write, secret)
