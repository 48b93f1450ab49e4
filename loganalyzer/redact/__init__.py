"""Takes out of a log what identifies people and sites, without taking out what tells the failure.

Words, not values, are what is judged: what Orthanc, DCMTK and the programs around them print themselves is a word of
``vocabulary.txt`` and stays; every other word is replaced, wherever it stands and however it is written. Values at
labelled places (attributes of data set dumps, headers, URLs, AETs, …) are replaced whatever they consist of, and then
everywhere else too. A second pass over the result proves it.
"""
