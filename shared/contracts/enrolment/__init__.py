"""Messages that each provider's enrolment service owns."""
