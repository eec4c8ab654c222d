"""Threads, files and bulletins between families and this provider."""
