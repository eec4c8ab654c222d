"""
Entitlements in force: those of the last `apply`, and the widenings since.

Pure but for the reading and writing of `granted.json`. A widening passes through three states:
asked for by the town file, approved and announced, in force. Only what is in force is sent.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from deploy.instance.instance import replace_file
from deploy.instance.kept_json import back_from_copy, read_kept_json
from deploy.register.approvals import Approval
from deploy.register.town_file.town import Town, TownRefused
from deploy.register.widenings import (
    RETENTION,
    Widening,
    granted_by_town_file,
    town_without_widenings,
    widenings_between,
)
from shared.json_values import JsonMapping
from shared.register import Announced


@dataclass(frozen=True)
class Granted:
    """
    Entitlements in force, stored between one `apply` and the next.

    `announced` holds the first day in force by the key of a widening; `used` the approvals, by
    number and key, whose widening came into force: each is good once. `approvals` is how many lines
    of approvals were there.
    """

    in_force: JsonMapping
    announced: Mapping[str, str] = field(default_factory=dict)
    used: Collection[str] = ()
    approvals: int = 0

    @staticmethod
    def read_granted(path: Path) -> "Granted | None":
        """Return what was kept; None before the first `apply`."""
        kept = read_kept_json(path, dict, back_from_copy(path.name))
        return Granted(**kept) if kept else None

    def write_granted(self, path: Path) -> None:
        """Write what is in force to its file."""
        kept = {
            "in_force": self.in_force,
            "announced": self.announced,
            "used": sorted(self.used),
            "approvals": self.approvals,
        }
        replace_file(path, json.dumps(kept, ensure_ascii=False, indent=1))


@dataclass(frozen=True)
class Outcome:
    """The town as it is to be compiled, what is announced in it, and what is kept afterwards."""

    town: Town
    announced: tuple[Announced, ...]
    granted: Granted


def widenings_of_town_file(town: Town, before: Granted, trials: Collection[str]) -> list[Widening]:
    """Return what the town file widens, approved or not; a trial widens nothing."""
    return widenings_between(before.in_force, granted_by_town_file(town, trials))


def unapproved_widenings(
    asked: Iterable[Widening], before: Granted, approvals: Iterable[Approval]
) -> list[Widening]:
    """Return what nobody has approved."""
    good = _unused_approvals(before, approvals)
    return [each for each in asked if each not in good]


def decide_in_force(
    town: Town,
    before: Granted,
    approvals: Collection[Approval],
    trials: Collection[str],
    today: date,
) -> Outcome:
    """
    Return what is in force today; raises TownRefused for a widening that nobody has approved.

    A widening is announced for `notice_days` at least from the first `apply` that knows of it.
    """
    asked = widenings_of_town_file(town, before, trials)
    refused = unapproved_widenings(asked, before, approvals)
    if refused:
        raise TownRefused(
            [f"not approved: {each.widening_in_words()}" for each in refused] + [_ADVICE]
        )
    good = _unused_approvals(before, approvals)
    since = {w: _first_day_of_widening(w, good[w], before, today, town.notice_days) for w in asked}
    coming = [w for w in asked if since[w] > today]
    as_of_today = town_without_widenings(town, coming, before.in_force)
    used = {f"{good[w].sequence}:{w.key}" for w in asked if since[w] <= today}
    after = granted_by_town_file(as_of_today, trials)
    return Outcome(
        as_of_today,
        tuple(_make_announcement_of_widening(w, since[w]) for w in coming),
        Granted(
            after | {part: before.in_force.get(part, {}) | after[part] for part in _OF_PROVIDERS},
            {w.key: since[w].isoformat() for w in coming},
            {*before.used, *used},
            len(approvals),
        ),
    )


_OF_PROVIDERS = ("providers", "on_request", "on_occasion", "activities")
"""Entitlements kept of a suspended provider: when it returns, it has no more than before."""
_ADVICE = "the DPO approves it: at the front desk, then preau apply again; or preau approve"


def _unused_approvals(before: Granted, approvals: Iterable[Approval]) -> dict[Widening, Approval]:
    return {
        widening: approval
        for approval in approvals
        for widening in approval.widenings
        if f"{approval.sequence}:{widening.key}" not in before.used
    }


def _first_day_of_widening(
    widening: Widening, good: Approval, before: Granted, today: date, notice: int
) -> date:
    announced = before.announced.get(widening.key)
    if announced is not None:
        return max(date.fromisoformat(announced), good.valid_from)
    return max(today + timedelta(days=notice), good.valid_from)


def _make_announcement_of_widening(widening: Widening, since: date) -> Announced:
    before, after = widening.before, widening.after
    if widening.kind == RETENTION:
        before, after = before.split(", ")[0], after.split(", ")[0]
    return Announced(
        key=widening.key,
        kind=widening.kind,
        provider=widening.provider,
        what=widening.what,
        before=before,
        after=after,
        valid_from=since,
    )
