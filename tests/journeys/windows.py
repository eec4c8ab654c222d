"""
Pages of the browser, each given to one person after another.

A new page takes two processes of Chromium and 0.28 s of processor time, as much as three pages that
it opens. So one that a person has left is wiped and given to the next, with nothing in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Error, Page, ViewportSize

MOST_IDLE = 4
QUIET = "/health"
"""An answer of few words at every application: no script runs there, and no stream is open."""

LASTING = {
    "page": ("route", "once", "add_init_script", "expose_binding", "expose_function"),
    "context": (
        *("route", "add_init_script", "expose_binding", "expose_function"),
        *("grant_permissions", "new_cdp_session", "set_extra_http_headers"),
    ),
    "clock": (
        *("install", "set_system_time", "set_fixed_time"),
        *("pause_at", "resume", "fast_forward", "run_for"),
    ),
}
"""Acts that would last beyond a test: the page of which they are asked is closed after it."""


@dataclass
class Window:
    """A page with cookies of its own, and what a test did to it beside opening addresses."""

    page: Page
    touch: bool
    cdp: CDPSession
    origins: set[str] = field(default_factory=set)
    heard: list[tuple[str, Callable[..., Any]]] = field(default_factory=list)
    is_changed: bool = False

    def __post_init__(self) -> None:
        self.page.on("framenavigated", lambda frame: self.origins.add(_origin(frame.url)))
        listen = self.page.on

        def noted(event: str, f: Callable[..., Any]) -> None:
            self.heard.append((event, f))
            listen(event, f)  # type: ignore[call-overload]

        self.page.on = noted  # type: ignore[method-assign, assignment]
        context = self.page.context
        for owner, names in zip((self.page, context, context.clock), LASTING.values(), strict=True):
            for name in names:
                setattr(owner, name, self._noting(getattr(owner, name)))

    def begin(self, size: ViewportSize) -> Page:
        """Give the page to a person with a screen of this size."""
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if self.page.viewport_size != size:
            self.page.set_viewport_size(size)
        self.origins.clear()
        return self.page

    def wipe(self) -> bool:
        """Leave nothing that a person did here, and return whether that could be done."""
        try:
            return self._can_be_wiped() and self._wipe_all()
        except Error:
            return False

    def close(self) -> None:
        """Close the page, with all that is its person's."""
        self.page.context.close()

    def _can_be_wiped(self) -> bool:
        """A tab's own storage is emptied at the address that it shows; so there was one alone."""
        context = self.page.context
        alone = len(self.origins) == 1 and context.pages == [self.page]
        return alone and not self.is_changed and not context.service_workers

    def _wipe_all(self) -> bool:
        context, (origin,) = self.page.context, self.origins
        for event, listener in self.heard:
            self.page.remove_listener(event, listener)
        self.heard.clear()
        context.set_offline(False)
        self.page.goto(origin + QUIET)
        self.page.mouse.move(0, 0)
        self.page.evaluate("sessionStorage.clear()")
        self.cdp.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        self.cdp.send("Network.clearBrowserCache")  # open pages may be kept for minutes
        context.clear_cookies()
        return True

    def _noting(self, act: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(act)
        def noted(*arguments: Any, **named: Any) -> Any:
            self.is_changed = True
            return act(*arguments, **named)

        return noted


class Windows:
    """The pages of a browser that nobody has now, and a way to have one."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: list[Window] = []

    def give(self, width: int, height: int, *, touch: bool) -> Window:
        """Give a page, if possible one that had this size last."""
        size = ViewportSize(width=width, height=height)
        idle = sorted(
            (each for each in self._idle if each.touch == touch),
            key=lambda each: each.page.viewport_size != size,
        )
        if not idle:
            return self._open(size, touch=touch)
        self._idle.remove(idle[0])
        return idle[0]

    def take_back(self, window: Window) -> None:
        """Keep a page for the next person, or close it."""
        if len(self._idle) < MOST_IDLE and window.wipe():
            self._idle.append(window)
        else:
            window.close()

    def _open(self, size: ViewportSize, *, touch: bool) -> Window:
        context = self._browser.new_context(
            viewport=size, locale="fr-FR", reduced_motion="reduce", has_touch=touch
        )
        page = context.new_page()
        return Window(page, touch, context.new_cdp_session(page))


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
