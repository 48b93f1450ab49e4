"""loganalyzer turns an Orthanc log into a diagnosis."""

__version__ = "0.1.0"
