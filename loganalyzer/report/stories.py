"""Stories in words: what a job, a REST call, a script or a peer's request led to, over all its associations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loganalyzer.report.view import peer, services
from loganalyzer.report.visible import visible
from loganalyzer.timeline.association import Direction
from loganalyzer.timeline.packed import indexed
from loganalyzer.timeline.stories import StoryVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.texts import Texts
    from loganalyzer.timeline.association import Association
    from loganalyzer.timeline.stories import Story

SHOWN, FAILED_SHOWN = 40, 3

_RANK = (StoryVerdict.FAILED, StoryVerdict.CANCELLED, StoryVerdict.NOT_SHOWN, StoryVerdict.WORKED)


def worth_telling(diagnosis: Diagnosis) -> list[Story]:
    """The stories that one association does not tell: of several associations, or retried; failed ones first."""
    known = {a.id for a in diagnosis.associations}
    several = (s for s in diagnosis.stories if len(known & {*s.associations, s.asked_on}) > 1)
    return sorted(several, key=lambda story: _RANK.index(story.verdict))


def story_head(story: Story, texts: Texts) -> str:
    """What was asked for: the call, the job, or the association of the peer's request."""
    parts = [visible(story.asked_by.note, 120)] if story.asked_by is not None else []
    if story.job is not None:
        parts.append(texts("story.job", job=visible(story.job, 80)))
    if story.asked_on is not None:
        parts.append(texts("story.asked_on", association=story.asked_on))
    return "  ".join(parts)


def story_result(story: Story, known: Mapping[str, Association], texts: Texts) -> list[str]:
    """How many attempts and requests it took, and what became of it; of associations that are ``known``."""
    opened = (known[name] for name in story.associations if name in known)
    attempts = Counter(visible(a.called_aet or "?") for a in opened if a.direction is Direction.OUTGOING)
    several = "story.steps" if story.has_steps else "story.attempts"
    parts = [texts(several, n=n, aet=aet) for aet, n in attempts.items() if n > 1]
    if story.requests:
        requests = texts.count("story.requests", story.requests)
        failed = story.failed_requests
        parts.append(f"{requests}, {texts('story.failed_requests', n=failed)}" if failed else requests)
    return [*parts, texts(f"story.{story.verdict}")]


def story_line(story: Story, known: Mapping[str, Association], texts: Texts) -> str:
    """One story in one line, with who asked for it and who was called; not ``known`` ones are left out."""
    asker = known.get(story.asked_on or "")
    asked = f" ({services(asker) or '?'}, {peer(asker)})" if asker is not None else ""
    names = [name for name in story.associations if name in known]
    opened = f"-> {' '.join(names)}" + (f" ({peer(known[names[0]])})" if len(names) == 1 else "")
    return "  ".join(
        [story_head(story, texts) + asked, *([opened] if names else []), *story_result(story, known, texts)]
    )


def story_lines(diagnosis: Diagnosis, texts: Texts, *, failed_only: bool) -> list[str]:
    """A bounded number of those :func:`worth_telling`, a line each; a short report has ``failed_only``."""
    told = [s for s in worth_telling(diagnosis) if not failed_only or s.verdict is StoryVerdict.FAILED]
    known = indexed(diagnosis.associations)
    shown = told[: FAILED_SHOWN if failed_only else SHOWN]
    more = [texts.count("story.more", len(told) - len(shown))] if len(told) > len(shown) else []
    return [*(story_line(story, known, texts) for story in shown), *more]
