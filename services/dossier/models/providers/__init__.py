"""Tables of providers: links and deliveries, changes of a provider."""
