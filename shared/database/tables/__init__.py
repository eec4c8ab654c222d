"""Tables: column types, the base class of a service's tables, the kit's own."""
