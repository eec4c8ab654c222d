"""The session: who is signed in, saved forms, providers that answer, visits at the front desk."""
