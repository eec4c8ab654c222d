"""
Treatments by table and event of persons; a test fails where one has none.

A table without persons says so under NOBODY. What the kit itself needs (messages on their way, who
is signed in) is stored by all services alike, and belongs to who is accountable for the content.
"""

from collections.abc import Mapping

NOBODY = ""
"""Key of tables and events that say nothing of a person."""

KIT: Mapping[str, str] = {
    **dict.fromkeys(("inbox", "sent", "returned", "lease", "live_change"), NOBODY),
    **dict.fromkeys(("taking_in", "compared"), NOBODY),
    **dict.fromkeys(("outbox", "answered"), "portal_pages"),  # sealed, days at most
    **dict.fromkeys(("subject", "subject_right"), "agent_accounts"),
    **dict.fromkeys(("desk_door", "desk_session"), "agent_accounts"),
}

_DOSSIER: Mapping[str, tuple[str, ...]] = {
    NOBODY: (
        *("chain_head", "counter", "secret", "course_provider", "food_occasion"),
        *("projection_sum", "household_version_sum", "guardian_card_sum", "course_sum"),
        "activities_taken_sum",
    ),
    "dossier": (
        *(
            "child",
            "child_household",
            "child_name_word",
            "child_weeks",
            "guardian",
            "guardian_name_word",
            "guardianship",
            "guardian_version",
        ),
        *("household", "household_address", "household_guardian", "household_version"),
        *("section", "section_history", "section_erasure", "link", "projection"),
        *("erasure_receipt", "course", "course_erasure", "activities_taken", "guardian_grant"),
        *("carer_access", "handover", "food_occasion_child", "widening_notice", "trial_member"),
        *("departure", "kept_paper", "household_paper", "paper_part"),
    ),
    "portal_pages": ("guardian_card",),
    "read_log": ("read_log", "read_name_question"),
    "registrations": (
        *("registration", "registration_email", "registration_letter", "registration_paper"),
        *("email_check", "paper_check"),
        *("import_decision", "import_doubt", "import_reference"),
    ),
    "proofs": (
        *("correction", "correction_delivery", "separation", "protected_household", "file_hold"),
        *("child_join", "different_children", "deceased_guardian"),
    ),
    "letters": ("letters_stopped",),
    "person_requests": ("person_request", "person_request_act", "person_request_erasure"),
}
_ENROLMENT: Mapping[str, tuple[str, ...]] = {
    NOBODY: (
        *("activity", "activity_group", "calendar_day", "former_site", "closure", "session"),
        *("closed_session", "tariff", "residence_classes", "local_address", "catchment_area"),
        *("catchment_street", "school", "school_class", "school_waiver_motives"),
        *("school_change", "published_school"),
        *("renewal_campaign", "renewal_route", "conversation_count", "pupil_moves"),
        *("session_tally", "published_figures", "held_projection_sum", "card_version_sum"),
        *("activities_taken_sum", "roll_call_sum", "imported_sheet_sum", "place_version_sum"),
        *("count_version_sum", "thread_sum"),
        *(
            "menu",
            "meal_order",
            "received_order",
            "adult_meals",
            "waste",
        ),  # numbers by site, of no child
        "reception_terms",
    ),
    "provider": (
        *("child_card", "child_carer", "child_guardian", "child_key", "child_weeks", "child_word"),
        "held_file",
        *("held_projection", "protected_household", "same_child", "activities_taken"),
        *("food_announced", "names_in_vain"),
    ),
    "places": (
        *("application", "place", "place_variant", "place_version", "week_pattern", "renewal"),
        *("booking", "closed_booking", "agent_act", "notice_sent", "card_version"),
    ),
    "attendance": (
        *("mark", "roll_call", "imported_sheet", "list_read", "unknown_child", "handover"),
        *("handover_mark", "count_version", "tablet", "tablet_duty"),
    ),
    "schools": (
        *("school_request", "school_waiver", "school_enrolment", "pupil_move"),
        *("school_signature", "school_director"),
    ),
    "conversations": (
        *("thread", "thread_child", "thread_reader", "message", "attachment", "attachment_part"),
        *("bulletin", "away"),
    ),
    "agent_accounts": ("pin",),
    "staff": ("staff_shift",),
}
_BILLING: Mapping[str, tuple[str, ...]] = {
    NOBODY: (
        *("billing_run", "closed_day", "debit_run", "deposit_slip", "entry", "lot", "print_run"),
        *("number_series", "residence_version", "tariff_version", "treasury_return"),
        *("counted_sheet", "grid_replay", "quantity_sheet"),
        *("household_sum", "email_reach_sum", "counted_sheet_sum", "held_place_sum"),
        "card_version_sum",
        "fund_refusal",
    ),
    "billing_household": (
        *("household", "household_child", "household_guardian", "address", "held_household"),
        *("file_hold", "deceased_payer", "household_word"),
    ),
    "regie": (
        *("card_version", "counted", "debit", "debtor", "dispute", "document", "email_reach"),
        *("held_place", "invoice", "invoice_line", "lot_piece", "mandate", "online_payment"),
        *("paper_choice", "past_bill", "past_payment", "payment", "payment_title"),
        *("payment_plan", "payment_plan_bill"),
        *("debtor_name", "fund_request", "posting", "quantity"),
        *("quotient", "refund", "refund_reversal", "reminder", "returned_row", "run_household"),
        *("share", "share_part", "tax_certificate", "to_bill", "withdrawn_reversal"),
    ),
    "letters": ("print_part", "printed_piece"),
}
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    NOBODY: ("subject_sum",),
    "family_accounts": (
        *("subject", "accompanied_session", "access_change", "challenge", "corrected_guardian"),
        *("counter_code", "email_change", "forgotten_password", "invitation", "known_device"),
        *("login_tries", "openid_link", "passing", "passkey", "recovery_code", "sign_in"),
    ),
    "agent_accounts": ("code_by_town", "dated_right", "right_offer"),
    "emails": ("letter",),
    "letters": ("letter_lot",),
}
_PORTAL: Mapping[str, tuple[str, ...]] = {
    NOBODY: (
        *("activity", "away_card", "published_menu", "published_motives"),
        "published_residences",
        *("published_school", "published_tariff", "silent_provider"),
        *("guardian_card_sum", "family_card_sum", "bill_card_sum", "thread_card_sum"),
    ),
    "portal_pages": (
        *("accompanied_line", "accompanied_visit", "bill_card", "bulletin_card", "bulletin_read"),
        *("family_act", "family_card", "guardian_card", "guardianship", "news_read", "notice"),
        "payment_round",
        *("thread_card", "thread_reader", "web_session"),
    ),
    "alerts": (
        *("alert_choice", "alert_mobile", "mobile_check", "calendar_feed", "outgoing_alert"),
        *("push_subscription",),
    ),
    "emails": ("mail_notice",),
}
_FRONT_DESK: Mapping[str, tuple[str, ...]] = {
    NOBODY: ("published_school", "provider_figures"),
    "barriers": ("barrier",),
    "breaches": ("breach",),
    "approvals": ("asked_approval",),
}

_BY_SERVICE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dossier": _DOSSIER,
    "enrolment": _ENROLMENT,
    "billing": _BILLING,
    "identity": _IDENTITY,
    "portal": _PORTAL,
    "front_desk": _FRONT_DESK,
}
TREATMENT_OF_TABLE: Mapping[str, Mapping[str, str]] = {
    service: {**KIT, **{table: code for code, tables in parts.items() for table in tables}}
    for service, parts in _BY_SERVICE.items()
}
"""The treatment of each table, by service."""

_EVENTS: Mapping[str, tuple[str, ...]] = {
    NOBODY: (
        *("activity_published", "away_published", "residences_published", "school_published"),
        *("tariff_published", "waiver_motives_published", "menu_published", "figures_published"),
        *("meals_ordered", "order_answered"),
    ),
    "dossier": (
        *("activities_taken", "activity_counted", "food_announced", "guardian_grant_changed"),
        *("access_granted", "access_holder_found", "projection_erased", "projection_held"),
        "paper_expiring",
        *("widening_announced",),
    ),
    "provider": ("projection", "file_held"),
    "places": ("order_outcome", "family_act", "place_recorded", "notice"),
    "attendance": (
        *("attendance_recorded", "handover_declared", "handover_marked", "handover_passed"),
    ),
    "conversations": ("attachment_part", "bulletin_published", "thread_card"),
    "billing_household": ("household_changed",),
    "regie": ("bill_notice", "email_reach_changed"),
    "portal_pages": ("bill_card", "family_card", "guardian_card"),
    "read_log": ("list_taken", "page_seen", "projection_read"),
    "registrations": ("registration_email_changed", "registration_opened", "guardian_taken_back"),
    "proofs": ("guardian_corrected",),
    "person_requests": ("person_request_changed",),
    "family_accounts": ("subject_changed", "guardian_forgotten"),
    "emails": ("letter_due", "urgent_letter_due"),
    "letters": ("letter_returned",),
    "barriers": ("barrier_reported",),
}
TREATMENT_OF_EVENT: Mapping[str, str] = {
    event: code for code, events in _EVENTS.items() for event in events
}
"""The treatment for which each event leaves."""
