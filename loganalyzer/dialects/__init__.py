"""The logs of the other side: of the toolkits that speak DICOM with Orthanc.

A dialect is one module: ``NAME``, ``score`` for a sample (0 to 1), ``reader`` for a log. It turns its program's lines
into the events of :mod:`loganalyzer.timeline.wire`. Adding one is one module, its real samples, and one line in
``known.py``.
"""
