"""Another provider takes over: what is handed to it, how it goes on, what ends here."""
