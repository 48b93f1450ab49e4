"""Topics and posts of a Discourse forum, as its API and its exports give them (``/t/ID.json``, ``/posts/ID.json``)."""

from __future__ import annotations

import json
from typing import Any

from loganalyzer.sources.markup import text_of_html
from loganalyzer.triage.files import LARGEST_PROSE, pictures_in
from loganalyzer.triage.message import FileKind, Message, PostedFile

_MOST_POSTS = 5000


def topics_of(name: str, data: bytes) -> list[tuple[str, list[Message]]] | None:
    """The topics in a document, each with its title and posts in order; None where it is no such document."""
    try:
        document = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    topics: dict[object, list[dict[str, Any]]] = {}
    titles: dict[object, str] = {}
    for topic, title, post in _posts(document)[:_MOST_POSTS]:
        topics.setdefault(topic, []).append(post)
        titles.setdefault(topic, title)
    found = []
    for topic, posts in topics.items():
        posts.sort(key=lambda p: p["post_number"] if isinstance(p.get("post_number"), int) else 0)
        title = titles[topic]
        found.append((title, [_message(f"{name} (post {i})", title, p) for i, p in enumerate(posts, 1)]))
    return found or None


def _posts(document: object) -> list[tuple[object, str, dict[str, Any]]]:
    """Every post of a document with its topic's id and title."""
    if isinstance(document, list):
        return [found for part in document for found in _posts(part)]
    if not isinstance(document, dict):
        return []
    stream = document.get("post_stream")
    lists = [stream.get("posts")] if isinstance(stream, dict) else []
    lists += [document.get("posts"), document.get("latest_posts")]
    posts = [p for one in lists if isinstance(one, list) for p in one if isinstance(p, dict) and _text(p)]
    if not posts and _text(document):
        posts = [document]
    title = document.get("title") if isinstance(document.get("title"), str) else ""
    return [(p.get("topic_id", document.get("id")), str(p.get("topic_title") or title or ""), p) for p in posts]


def _text(post: dict[str, Any]) -> bool:
    return isinstance(post.get("raw"), str) or isinstance(post.get("cooked"), str)


def _message(name: str, title: str, post: dict[str, Any]) -> Message:
    cooked, pictures = text_of_html(post["cooked"]) if isinstance(post.get("cooked"), str) else ("", ())
    text = post["raw"] if isinstance(post.get("raw"), str) else cooked
    body = text.encode("utf-8", "surrogatepass")
    shown = tuple(PostedFile(picture, FileKind.PICTURE, b"") for picture in pictures)
    files = shown or pictures_in(text)
    author = post["username"] if isinstance(post.get("username"), str) else ""
    return Message(name, title, body, text[:LARGEST_PROSE], files, author=author)
