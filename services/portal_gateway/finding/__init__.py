"""Finding an activity: what one child can join, and the words by which families look for it."""
