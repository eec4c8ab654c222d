"""A person's own e-mail address: another one is asked for, proven, or refused."""
