"""Turns records into typed events by the pattern modules."""
