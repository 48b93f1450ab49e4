"""Compressed files and archives, read as streams and never unpacked to disk."""
