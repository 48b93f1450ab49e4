"""Judges events and associations by the signatures."""
