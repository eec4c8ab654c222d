"""Acting with the keyboard alone: Tab until it is there, then a key."""

from playwright.sync_api import Locator, Page

MOST_TABS = 80


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target, or one of several, has the focus; it may have it already."""
    for _ in range(MOST_TABS):
        if target.evaluate_all("all => all.includes(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach the target, and press a key on it."""
    reach(page, target)
    page.keyboard.press(key)


def choose(page: Page, radio: Locator) -> None:
    """Reach a radio button: Tab comes to its group, an arrow to the next, which it also checks."""
    group = page.locator(f"input[name={radio.get_attribute('name')}]")
    reach(page, group)
    page.keyboard.press("Space")
    for _ in range(group.count()):
        if radio.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the keyboard does not choose {radio}")


def write(page: Page, target: Locator, text: str) -> None:
    """Reach a field, and type into it."""
    reach(page, target)
    page.keyboard.type(text)
