"""Puts findings, timeline and questions together."""
