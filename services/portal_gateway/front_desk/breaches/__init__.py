"""The record of breaches that article 33 asks a controller to keep."""
