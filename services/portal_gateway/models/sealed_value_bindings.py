"""Text that binds each sealed value to its row: one that is moved to another row opens nowhere."""


def guardian_card_binding(subject: str) -> str:
    return f"guardian_card|{subject}"


def family_card_binding(household_id: str, provider: str) -> str:
    return f"family_card|{household_id}|{provider}"


def bill_card_binding(household_id: str, provider: str) -> str:
    return f"bill_card|{household_id}|{provider}"


def notice_binding(household_id: str, provider: str, key: str) -> str:
    return f"notice|{household_id}|{provider}|{key}"


def push_subscription_binding(id: str) -> str:
    return f"push_subscription|{id}"


def mobile_binding(subject: str) -> str:
    return f"alert_mobile|{subject}"


def mobile_check_binding(subject: str) -> str:
    return f"mobile_check|{subject}"


def alert_binding(id: str) -> str:
    return f"outgoing_alert|{id}"


def order_binding(order_id: str, column: str) -> str:
    return f"family_act|{order_id}|{column}"


def accompanied_session_binding(visit_id: str) -> str:
    return f"accompanied_visit|{visit_id}"


def accompanied_line_binding(line_id: str) -> str:
    return f"accompanied_line|{line_id}"


def thread_binding(provider: str, thread_id: str) -> str:
    return f"thread_card|{provider}|{thread_id}"


def bulletin_binding(provider: str, number: int) -> str:
    return f"bulletin_card|{provider}|{number}"


def payment_binding(payment_id: str) -> str:
    return f"payment|{payment_id}"


BEARER_BINDING = "draft_bearer"
