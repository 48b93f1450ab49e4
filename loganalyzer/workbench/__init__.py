"""What authors of patterns work with: check, test, try, and measure how much of Orthanc's vocabulary is recognised."""
