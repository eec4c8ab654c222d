"""Forks of a process that has loaded the code, and what they need: late patching, quick exit."""
