"""Requests about what is to be paid: quotients, and quotes for anybody."""
