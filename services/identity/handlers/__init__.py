"""RPC and event handlers of identity."""
