"""What every agents' desk has: sign-in with a second factor, the way to other desks, rights."""
