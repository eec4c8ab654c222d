"""Handling of received messages: envelope, authorization, handler, dead letters."""
