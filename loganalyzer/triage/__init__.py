"""Reads what people post about Orthanc (mails, mailboxes, forum topics, plain text) and drafts the answer.

A post becomes messages, the messages of one conversation a thread, a thread one diagnosis; facts that the person has
told already are taken from the post, and only the missing ones that matter are asked for. Nothing is ever sent.
"""
