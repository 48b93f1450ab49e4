"""Renders a diagnosis."""
