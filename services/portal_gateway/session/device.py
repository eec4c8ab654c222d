"""The browser as a device of alerts: a secret in a cookie of its own."""

from services.portal_gateway.alerts.commands.devices import end_device
from services.portal_gateway.store import store
from shared.web.session import cookies

COOKIE = "told"
KEPT_SECONDS = 400 * 24 * 3600
"""As long as a browser keeps any cookie."""


def secret_here() -> str:
    """Return this browser's secret, "" where it never had one."""
    return cookies.read(COOKIE)


def forget_device() -> None:
    """Tell nobody anything more on this browser."""
    secret = secret_here()
    if secret:
        with store.write() as write:
            end_device(write, secret)
