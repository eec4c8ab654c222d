"""Contracts of the portal and of the front desk, which are one service."""
