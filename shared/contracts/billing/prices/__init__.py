"""Prices apart from bills: quotients, simulations, public prices, a year at another grid."""
