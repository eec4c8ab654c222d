"""Events that the portal subscribes to, a file for each publisher."""
