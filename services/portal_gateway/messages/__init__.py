"""Threads and bulletins, and how many are unread."""
