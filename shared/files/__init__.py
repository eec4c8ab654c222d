"""Uploaded files: their kinds, recognised by content; each made anew; their parts on the bus."""
