"""Every agents' desk: sign-in with a second factor, passing to other desks, rights."""
