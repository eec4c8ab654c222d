"""Figures that providers publish: kept as they came, added up for the council."""
