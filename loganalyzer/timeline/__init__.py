"""Rebuilds associations from events."""
