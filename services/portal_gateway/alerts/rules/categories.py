"""Categories of alerts, and the channels of each. Pure."""

MESSAGES, BILLS, ENROLMENT, WEEK = "messages", "bills", "enrolment", "week"
URGENT, REMINDER = "urgent", "reminder"
"""A closure or its end; a deadline that is near."""

CODE = "code"
"""The code that proves a mobile: by SMS alone, and nobody chooses it."""

PUSH, SMS = "push", "sms"

BY_CHANNEL = {
    PUSH: (URGENT, REMINDER, MESSAGES, BILLS, ENROLMENT, WEEK),
    SMS: (URGENT, REMINDER),
}
"""A town pays each SMS: it says what cannot wait, and no more."""

AT_FIRST = (URGENT, REMINDER)
"""The categories of a channel until its guardian chooses others."""
