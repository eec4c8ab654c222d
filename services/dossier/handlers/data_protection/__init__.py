"""Requests of the data protection office: reads of agents, and requests of persons."""
