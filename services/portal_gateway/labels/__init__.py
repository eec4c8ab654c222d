"""French labels of the contracts' codes."""
