"""Records what programs on the other side write: ``python -m tools.record_other_side -o sample_logs/peers``.

Each conversation is real, with a real Orthanc or a real peer, over a relay that notes every PDU; the truth comes from
there. dcm4che and fo-dicom do not run where these were made: their logs are *rendered*, from the PDUs of a real
conversation, by the format strings of their sources, and the truth's ``source`` says so.
"""
