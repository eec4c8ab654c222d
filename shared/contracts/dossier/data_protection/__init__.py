"""Contracts of data protection: the read log, erasures, requests of persons."""
