"""Push services of browsers, and the SMS gateway of the town."""
