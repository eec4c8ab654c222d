"""`preau doctor`: what is wrong with an instance, in words, and the command that mends it."""
