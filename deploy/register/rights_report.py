"""The register for people: the matrix of rights, and what a change of it changes."""

import hashlib

from deploy.register.compiler import Row
from shared.register.entitlement import OF_WHOLE_OFFICE, PROJECTIONS


def entitlement_matrix(register: Row) -> str:
    """Show what each provider receives, as a table, then by line with the reason, and its roles."""
    wide = max(len(p["code"]) for p in register["providers"]) if register["providers"] else 0
    lines = ["WHAT EACH PROVIDER RECEIVES", "", " " * wide + "  " + "  ".join(PROJECTIONS)]
    for provider in register["providers"]:
        given = _entitlements_of(register, provider)
        cells = (_entitlement_mark(given.get(p)).center(len(p)) for p in PROJECTIONS)
        lines.append(f"{provider['code']:{wide}}  {'  '.join(cells)}".rstrip())
    lines += ["", "x receives it   o takes it where a guardian has it sent (rule R4)"]
    lines += ["a of the children at an activity that opens it (rule R2)"]
    lines += ["f of who is booked where a session has food (rule R3)"]
    for provider in register["providers"]:
        lines += ["", f"{provider['code']}  {provider['label']} ({provider['state']})"]
        lines += [
            line
            for row in _entitlements_of(register, provider).values()
            for line in _entitlement_lines(row)
        ]
        lines += [f"  role {_role_in_words(role)}" for role in provider["roles"]]
    return "\n".join(lines) + "\n"


def _entitlement_mark(row: Row | None) -> str:
    if row is None:
        return "·"
    if row.get("on_request"):
        return "o"
    if row.get("activities"):
        return "a"
    return "f" if row.get("on_occasion") else "x"


def rights_matrix(register: Row) -> str:
    """Show all of it: what is received, who may ask what of whom, who receives what."""
    return "\n".join(
        [
            entitlement_matrix(register),
            _calls_as_text(register),
            _events_as_text(register),
        ]
    )


def register_changes_in_words(old: Row | None, new: Row) -> list[str]:
    """Say in words which rows go (-) and which come (+), parts of the register in their order."""
    lines: list[str] = []
    for part in _PARTS:
        before, after = _part_in_words(old, part), _part_in_words(new, part)
        lines += [f"- {line}" for line in before if line not in after]
        lines += [f"+ {line}" for line in after if line not in before]
    return lines


_ROWS = ("entitlements", "calls", "events")
_PARTS = (
    "town",
    "communes",
    "sections",
    "completeness",
    "front_desk",
    "conversations",
    "providers",
    "former",
    "announced",
    "principals",
    *_ROWS,
)


def _entitlements_of(register: Row, provider: Row) -> dict[str, Row]:
    rows = register["entitlements"]
    return {row["projection"]: row for row in rows if row["provider"] == provider["code"]}


def _entitlement_lines(row: Row) -> list[str]:
    return [
        f"  {row['projection']}",
        f"    purpose  {row['purpose']}",
        f"    basis    {row['legal_basis']}",
        f"    reason   {row['reason']}",
        *([f"    only at  {', '.join(row['activities'])}"] if row.get("activities") else []),
    ]


def _role_in_words(role: Row) -> str:
    """Say what a role sees and does, and whether a right to it may be at some places only."""
    sees, does = ", ".join(role["projections"]) or "no child", ", ".join(role["acts"]) or "nothing"
    placed = OF_WHOLE_OFFICE.isdisjoint(role["acts"])
    where = "at the whole provider, or at sites and groups" if placed else "at the whole provider"
    return f"{role['code']} {role['label']}: sees {sees}; may {does}; {where}"


def _calls_as_text(register: Row) -> str:
    """Show one line per method and right, with everybody who may ask it."""
    callers: dict[str, list[str]] = {}
    for row in register["calls"]:
        method = f"{row['callee']}.{row['method']} v{row['version']} ({row['right']})"
        callers.setdefault(method, []).append(row["caller"])
    lines = [f"{method}: {', '.join(names)}" for method, names in sorted(callers.items())]
    return "\n".join(["WHO MAY ASK WHAT", "", *(lines or ["nobody, anything"])]) + "\n"


def _events_as_text(register: Row) -> str:
    lines = [
        f"{row['source']} to {row['consumer']}: {row['key']} v{row['version']}"
        for row in register["events"]
    ]
    return "\n".join(["WHO HEARS WHAT", "", *(lines or ["nobody, anything"])]) + "\n"


def _part_in_words(register: Row | None, part: str) -> list[str]:
    if register is None:
        return []
    if part == "front_desk":
        return _front_desk_in_words(register.get("front_desk"))
    if part == "town":
        return _town_in_words(register["town"])
    if part == "conversations":
        return [f"{part} {key}: {value}" for key, value in register.get(part, {}).items()]
    if part == "providers":
        return [line for row in register["providers"] for line in _provider_in_words(row)]
    if part == "principals":
        return [_principal_in_words(row) for row in register[part]]
    return [_WORDS[part].format(**row) for row in register.get(part, ())]


def _principal_in_words(row: Row) -> str:
    shared = f", {row['event_queues']} queues of events" if "event_queues" in row else ""
    return _WORDS["principals"].format(**row) + shared


def _town_in_words(row: Row) -> list[str]:
    """Say a town key by key; of its look the colour, and of its arms that they are others."""
    blocks = {key: row.get(key) or {} for key in ("counter", "legal")}
    look = row.get("identity") or {}
    drawn = hashlib.sha256(look.get("arms", "").encode()).hexdigest()[:8]
    return [
        *(f"town {key}: {value}" for key, value in row.items() if key not in _TOWN_BLOCKS),
        *(f"town {key} {name}: {blocks[key][name]}" for key in blocks for name in blocks[key]),
        *([f"town colour: {look['colour']}"] if look else []),
        *([f"town arms: {look['arms_type']} {drawn}"] if look.get("arms") else []),
        *(f"town's notice: {each['text']}" for each in row.get("notices", ())),
    ]


_TOWN_BLOCKS = ("counter", "legal", "identity", "notices")


def _provider_in_words(row: Row) -> list[str]:
    name = f"provider {row['code']}"
    plain = ("state", "label", "short_label", "letter", "hue", "kind", "controller", "phone")
    return [
        *(f"{name} {key}: {row[key]}" for key in plain),
        *(f"{name} offers {_WORDS['activities'].format(**each)}" for each in row["activities"]),
        *(f"{name} has the role {_WORDS['roles'].format(**each)}" for each in row["roles"]),
        *(f"{name} collects: {_WORDS['regies'].format(**each)}" for each in row.get("regies", [])),
        f"{name} first administrator: {row['administrator']['login']}",
    ]


def _front_desk_in_words(row: Row | None) -> list[str]:
    if row is None:
        return []
    return [
        *(f"front desk {key}: {row[key]}" for key in ("label", "letter", "phone")),
        *(f"front desk has the role {_WORDS['roles'].format(**each)}" for each in row["roles"]),
        f"front desk first administrator: {row['administrator']['login']}",
    ]


_WORDS = {
    "activities": "{code} {label}, {regime} {tags}",
    "regies": "{label} ({channel}, {prefix}, SIRET {siret}, {deed}) for {activities}, "
    "PayFiP {numcli} {payfip}, due in {due_days} days, from {least_cents} cents, "
    "VAT {vat}, mediator {mediator}, "
    "public finance {finance}",
    "roles": "{code} {label}: sees {projections}, marks seen {marks_seen}, may {acts}",
    "former": "provider {code} {label} has left",
    "announced": "announced from {valid_from}: {kind} {provider} {what}: {after}",
    "communes": "commune {insee} {name}, from {member_from}, until {member_to}",
    "sections": "section {code} {label}: {purpose} [{legal_basis}], "
    "kept {retention} from {reference_date}",
    "principals": "principal {name} with {reply_slots} reply slots, {push_slots} for pushes",
    "completeness": "a dossier is complete for {of} with {first}; for the stay {for_stay} by {by}",
    "entitlements": "{principal} receives {projection}: {purpose} [{legal_basis}] {reason}",
    "calls": "{caller} may ask {callee}.{method} v{version} ({right})",
    "events": "{source} to {consumer}: {key} v{version}",
}
