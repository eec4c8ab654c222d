"""Requests to billing and to all providers, in one parallel round."""
