"""``loganalyzer serve``: the same diagnosis, for a browser and for programs; no analysis happens here.

``server.py`` starts it all, ``app.py`` puts it together; ``intake.py`` takes uploads, ``desk.py`` is what can be done
with them, ``dispatcher.py`` hands them to ``worker.py``, a process of its own for every diagnosis; ``api.py`` and
``pages.py`` are the addresses.
"""
