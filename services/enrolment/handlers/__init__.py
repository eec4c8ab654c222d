"""RPC and event handlers of enrolment, one module for each kind of caller."""
