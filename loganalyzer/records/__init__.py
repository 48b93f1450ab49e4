"""Finds Orthanc's records in blocks of text."""
