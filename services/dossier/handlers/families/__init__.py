"""Requests about families: guardians, adults, separations, joined files, imports."""
