"""Orthanc's configuration: read as Orthanc reads it, and checked against Orthanc's option list and against a log."""
