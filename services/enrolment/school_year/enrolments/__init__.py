"""Enrolment in a school: the request, the mayor's decision, its certificate, the admission."""
