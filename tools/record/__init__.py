"""The project's recorder of sample logs.

It starts a real Orthanc with a generated configuration and real peers on loopback, provokes one scenario after the
other, and saves Orthanc's log with the truth beside it. The truth comes from a relay that stands between Orthanc and
its peers and notes every PDU, and from what the recorder did; the log under test is only searched for the lines that
a person would point at.
"""
