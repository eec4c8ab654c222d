"""Cookies, cross-site protection, the browser's secret."""
