"""Requests of an import to the services: whom rows mean, what is sent, what is taken back."""
