"""Installed packages of others: the locks, a bill of materials of them, and their audit."""
