"""The passes over one or several logs that belong together: learn, replace, prove, and the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from loganalyzer.redact.coverage import Coverage
from loganalyzer.redact.keyfile import Key, RedactedLog
from loganalyzer.redact.kinds import Action, Kind
from loganalyzer.redact.learned import Learned
from loganalyzer.redact.lines import LineRewriter
from loganalyzer.redact.passes import Learner, Prover, Replacer, Restorer
from loganalyzer.redact.pseudonyms import Pseudonyms
from loganalyzer.redact.remains import Remains
from loganalyzer.redact.rewrite import Rewriter
from loganalyzer.redact.vocabulary import vocabulary

Source = Callable[[], BinaryIO]
MAX_LINE = 16 << 20
_CHUNK = 1 << 20


class LineTooLongError(Exception):
    """A line is longer than what is held in memory; the log cannot be vouched for."""


class SourceChangedError(Exception):
    """A log is not the same when it is read again."""


def blocks_of(file: BinaryIO, digest: hashlib._Hash | None = None) -> Iterator[bytes]:
    r"""Yield a file in blocks that end where a line ends, without the ``\n`` there.

    Joined by ``\n``, the blocks are the file again. Raises ``LineTooLongError``.
    """
    carry: list[bytes] = []
    held = 0
    while chunk := file.read(_CHUNK):
        if digest is not None:
            digest.update(chunk)
        end = chunk.rfind(b"\n")
        if end < 0:
            carry.append(chunk)
            held += len(chunk)
            if held > MAX_LINE:
                raise LineTooLongError(f"a line is longer than {MAX_LINE >> 20} MiB")
            continue
        yield b"".join([*carry, chunk[:end]])
        carry, held = [chunk[end + 1 :]], len(chunk) - end - 1
    yield b"".join(carry)


def _rewritten(walker: LineRewriter, blocks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines of the blocks, rewritten; in other blocks, as some lines wait for the next ones."""
    for block in blocks:
        yield walker.feed(block.split(b"\n"))
    yield walker.finish()


class Redaction:
    """Redacts logs that belong together with one mapping.

    ``learn`` every log, ``freeze``, then ``replace`` every log, and ``prove`` every result. What is learned in one log
    is replaced in all of them.
    """

    def __init__(self, key: Key, keep: Iterable[Kind] = ()) -> None:
        self._key = key
        self._keep = frozenset(keep)
        self.pseudonyms = Pseudonyms(key.secret, key.tables)
        self._learner = Learner(self._keep)
        self._known_before = _known(key)

    @property
    def learned(self) -> Learned:
        """What the first pass has found at labelled places."""
        return self._learner.learned

    def learn(self, source: Source) -> Coverage:
        """First pass."""
        coverage = Coverage()
        walker = LineRewriter(Rewriter(self._learner, Learned()))
        digest = hashlib.sha256()
        with source() as file:
            for block in blocks_of(file, digest):
                coverage.exposure.see(block)
                coverage.lines += block.count(b"\n") + 1
                walker.feed(block.split(b"\n"))
        walker.finish()
        coverage.lines -= 1
        coverage.digest = digest.hexdigest()
        return coverage

    def freeze(self) -> None:
        """End of the first passes."""
        self.learned.merge(self._known_before)
        self.pseudonyms.learn(self._learner.seen)
        # ``orthanc`` and ``ORTHAN`` name a product, and stay.
        self.learned.forget(title for title, token in self.pseudonyms.forward[Action.AET].items() if title == token)
        self.learned.freeze()

    def replace(self, source: Source, target: BinaryIO, coverage: Coverage) -> tuple[str, str]:
        """Second pass. Returns the SHA-256 of the log and of the result."""
        walker = LineRewriter(Rewriter(Replacer(self.pseudonyms, self._keep), self.learned))
        before, after = hashlib.sha256(), hashlib.sha256()
        first = True
        with source() as file:
            for lines in _rewritten(walker, blocks_of(file, before)):
                if lines:
                    data = (b"" if first else b"\n") + b"\n".join(lines)
                    first = False
                    after.update(data)
                    target.write(data)
        coverage.replaced = walker.counts
        coverage.free_lines = walker.free_lines
        coverage.weak_values = len(self.learned.weak)
        return before.hexdigest(), after.hexdigest()

    def prove(self, result: Source, coverage: Coverage) -> None:
        """Third pass, over the result: counts in ``coverage.left`` what should not be there any more."""
        prover = Prover(self.pseudonyms, self._keep)
        walker = LineRewriter(Rewriter(prover, self._with_tokens(self.learned)))
        remains = Remains(self.learned)
        with result() as file:
            for block in blocks_of(file):
                remains.search(block)
                walker.feed(block.split(b"\n"))
        walker.finish()
        coverage.left.update({f"{kind.value} at a place of its shape": count for kind, count in prover.left.items()})
        coverage.left.update(remains.found)

    def restorable(self, source: Source, result: Source, digests: tuple[str, str]) -> None:
        """Note in the key what is needed to give this log back byte for byte; after the last log was replaced."""
        self._key.tables = self.pseudonyms.tables()
        log = RedactedLog(digests[0], known={name: len(table) for name, table in self._key.tables.items()})
        with source() as original, result() as redacted:
            restored = chain.from_iterable(_rewritten(LineRewriter(self.restorer()), blocks_of(redacted)))
            wanted = chain.from_iterable(block.split(b"\n") for block in blocks_of(original))
            for number, (line, line_wanted) in enumerate(zip(restored, wanted, strict=True)):
                if line != line_wanted:
                    log.lines[number] = line_wanted
        self._key.logs[digests[1]] = log

    def restorer(self) -> Rewriter:
        """What puts the values of the tables back into any text."""
        learned = Learned()
        learned.numbers = {token.encode() for token in self.pseudonyms.inverse[Action.NUMBER]}
        learned.freeze()
        return Rewriter(Restorer(self.pseudonyms), self._with_tokens(learned))

    def _with_tokens(self, learned: Learned) -> Learned:
        """The same, and the pseudonyms of AETs, which are found like the AETs themselves."""
        tokens = {
            title.lower(): Kind.AET
            for title in (token.encode("utf-8") for token in self.pseudonyms.inverse[Action.AET])
            if len(title) > 2 and title not in vocabulary()
        }
        return learned.extended(tokens)


def _known(key: Key) -> Learned:
    """What earlier redactions with the same key have learned."""
    learned = Learned()
    for title in key.tables.get(Action.AET, {}):
        learned.learn(Kind.AET, title.encode("utf-8"))
    return learned


def digest_of(source: Source) -> str:
    """The SHA-256 of a log."""
    with source() as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def restore(key: Key, redacted: Source, target: BinaryIO) -> bool:
    """Put the values back. True when the result is the log as it was, byte for byte; False when that is not known."""
    log = key.logs.get(digest_of(redacted))
    redaction = Redaction(key.as_of(log) if log else key)
    original = hashlib.sha256()
    exceptions = log.lines if log else {}
    with redacted() as file:
        lines = chain.from_iterable(_rewritten(LineRewriter(redaction.restorer()), blocks_of(file)))
        for number, line in enumerate(lines):
            data = (b"\n" if number else b"") + exceptions.get(number, line)
            original.update(data)
            target.write(data)
    return log is not None and log.original == original.hexdigest()
