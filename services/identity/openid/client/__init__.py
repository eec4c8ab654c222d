"""The town's OpenID provider as identity sees it."""
