"""Reads DCMTK's multi-line dumps."""
