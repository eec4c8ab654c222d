"""Codes that a town file goes on having: what was stored, billed and granted is found by them."""

from collections.abc import Iterator, Sequence

from deploy.applied_town import Applied
from deploy.register.town_file.providers import ProviderEntry
from deploy.register.town_file.town import TownRefused
from deploy.register.widenings import codes_of_waiting_activities
from shared.json_values import JsonObject
from shared.register import ENDING_TRIAL, REVOKED, TRIAL

Pairs = list[tuple[JsonObject, ProviderEntry]]
"""Rows of the register in force, each with what the town file says of that provider now."""


def require_codes_kept(applied: Applied) -> None:
    """
    Raise TownRefused where the town file lost a provider, a régie, or the code of an activity.

    A provider at work would go off the broker with all that waits for it, erase nothing and give no
    receipt; of one that was revoked, names and régies of bills that can still be paid are read.
    """
    register = _register_in_force(applied)
    states = applied.unusual_provider_states()
    rows = [*register["providers"], *register["former"]]
    in_no_row = [code for code, state in states.items() if state == ENDING_TRIAL]
    providers = {entry.code: entry for entry in applied.read_town_file().providers}
    lost = [code for code in (*(row["code"] for row in rows), *in_no_row) if code not in providers]
    tried = [row["code"] for row in rows if row["state"] == TRIAL]
    pairs = [(row, providers[row["code"]]) for row in rows if row["code"] not in (*lost, *tried)]
    announced = register.get("announced", [])
    changed = [
        *_lost_regies(pairs),
        *_unbilled_activities(pairs),
        *_renamed_activities(pairs, announced),
    ]
    if lost or changed:
        raise TownRefused(
            [
                *(f"{applied.town_file}: {problem}" for problem in changed),
                *(
                    f"{applied.town_file}: {code} stands in it no more"
                    f"{'' if states.get(code) == REVOKED else ', and is at work'}: nothing was"
                    f" done. Put it back; `preau provider revoke {code}` ends it, and its lines"
                    " stay: names and régies of old bills are read from them"
                    for code in lost
                ),
            ]
        )


def given_up_activities(applied: Applied) -> Iterator[str]:
    """Yield which activities that a régie bills the town file gives up, and what that costs."""
    providers = {entry.code: entry for entry in applied.read_town_file().providers}
    for row in _register_in_force(applied)["providers"]:
        entry = providers.get(row["code"])
        if entry is None or row["state"] in (TRIAL, REVOKED):
            continue
        kept = {each.code for each in entry.activities}
        billed = {code for regie in row["regies"] for code in regie["activities"]}
        for code in sorted(billed - kept):
            yield (
                f"the activity {code} of {entry.code} is given up: what children attended there and"
                " no bill has yet is billed to nobody. Where a month is still to be billed, put it"
                " back, bill that month at the régie, and take it out afterwards"
            )


def _register_in_force(applied: Applied) -> JsonObject:
    return applied.register_in_force() or {"providers": [], "former": []}


def _lost_regies(pairs: Pairs) -> Iterator[str]:
    """
    Yield which régies stand under their provider no more, as where a code was spelled otherwise.

    No bill of such a one could be shown, paid or printed any more.
    """
    for row, entry in pairs:
        kept = {regie.code for regie in entry.regies}
        for regie in row["regies"]:
            if regie["code"] not in kept:
                yield (
                    f"the régie {regie['code']} stands under {entry.code} no more: nothing was"
                    " done. Put it back with the code that it had, with `activities: []` where it"
                    " collects nothing any more: its bills are read and paid by it"
                )


def _unbilled_activities(pairs: Pairs) -> Iterator[str]:
    """Yield which activities are offered as before, and were dropped from their régie."""
    for row, entry in pairs:
        if row["state"] == REVOKED:
            continue
        billed = {code for regie in entry.regies for code in regie.activities}
        were_billed = {code for regie in row["regies"] for code in regie["activities"]}
        for code in (each.code for each in entry.activities):
            if code in were_billed - billed:
                yield (
                    f"the activity {code} of {entry.code} is under no régie any more: nothing was"
                    " done. What children eat and attend there would be billed to nobody. Put it"
                    " under a régie again, or take it out of what the provider offers"
                )


def _renamed_activities(pairs: Pairs, announced: Sequence[JsonObject]) -> Iterator[str]:
    """
    Yield which activities went where another one of their regime came with the same file.

    Places and sheets have the code of before, and no régie would bill them any more. One that waits
    for a widening that is announced has come with an earlier file.
    """
    for row, entry in pairs:
        former = {each["code"]: each["regime"] for each in row["activities"]}
        now = {each.code: each.regime for each in entry.activities}
        known = former.keys() | codes_of_waiting_activities(entry, announced)
        come = {regime: code for code, regime in now.items() if code not in known}
        for code, regime in former.items():
            if code not in now and regime in come:
                yield (
                    f"the activity {code} of {entry.code} is gone, and {come[regime]} has come:"
                    " nothing was done. A code is never changed, since places and bills have it:"
                    f" write {code} again, and change its label. For another activity, take {code}"
                    " out first (`preau apply`), and add that one afterwards"
                )
