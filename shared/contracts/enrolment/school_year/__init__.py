"""Contracts of the school year: schools, enrolments, renewals."""
