"""RPC and event handlers of billing, one module for each kind of caller."""
