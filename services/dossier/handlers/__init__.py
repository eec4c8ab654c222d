"""RPC and event handlers of the dossier, one module for each kind of caller."""
