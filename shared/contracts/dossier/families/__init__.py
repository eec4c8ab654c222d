"""Contracts of changing families: adults, separations, joined files, protection, imports."""
