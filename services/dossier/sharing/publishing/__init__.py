"""Publishing of changed projections to entitled providers, in the caller's transaction."""
