"""Forks of one process that has loaded the code, and what each of them needs: patching late, ending fast."""
