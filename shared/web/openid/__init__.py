"""Pages of signing in by the town's OpenID provider, the same for families and for agents."""
