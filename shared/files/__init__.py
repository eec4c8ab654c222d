"""Uploaded files: their kinds, recognised by content, and photographs, rebuilt."""
