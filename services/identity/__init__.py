"""Identity: who may sign in, and which rights agents hold."""
