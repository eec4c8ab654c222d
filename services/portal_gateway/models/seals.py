"""The place to which each sealed value is bound: one that is moved to another row opens nowhere."""


def of_guardian(subject: str) -> str:
    return f"guardian_card|{subject}"


def of_card(household_id: str, provider: str) -> str:
    return f"family_card|{household_id}|{provider}"


def of_bills(household_id: str, provider: str) -> str:
    return f"bill_card|{household_id}|{provider}"


def of_notice(household_id: str, provider: str, key: str) -> str:
    return f"notice|{household_id}|{provider}|{key}"


def of_order(order_id: str, column: str) -> str:
    return f"family_act|{order_id}|{column}"


def of_visit(visit_id: str) -> str:
    return f"accompanied_visit|{visit_id}"


def of_visit_line(line_id: str) -> str:
    return f"accompanied_line|{line_id}"


def of_thread(provider: str, thread_id: str) -> str:
    return f"thread_card|{provider}|{thread_id}"


def of_bulletin(provider: str, number: int) -> str:
    return f"bulletin_card|{provider}|{number}"


def of_payment(payment_id: str) -> str:
    return f"payment|{payment_id}"


OF_BEARER = "draft_bearer"
