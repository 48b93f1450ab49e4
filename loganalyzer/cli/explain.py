"""``loganalyzer explain``, ``why`` and ``ask``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from loganalyzer.cli.completion import complete_code
from loganalyzer.cli.exit_codes import ExitCode, exit_code
from loganalyzer.cli.options import FOLDERS
from loganalyzer.cli.output import Look, look_of, say_problems

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.report.terminal import Terminal
    from loganalyzer.timeline.association import Association


def _terminal() -> Terminal:
    from loganalyzer.report.terminal import Terminal

    look: Look = look_of(color="auto", width=None, verbose=False, output=None)
    return Terminal(look.width, look.color, look.ascii_only)


@click.command("explain")
@click.argument("word", metavar="CODE", shell_complete=complete_code)
@FOLDERS
def explain_command(word: str, folders: tuple[str, ...]) -> None:
    """Say what CODE means: a finding's code (LA110), a signature's name or a cause (calling-aet-unknown)."""
    from loganalyzer.cli.diagnose import patterns_of
    from loganalyzer.patternbase.faults import did_you_mean
    from loganalyzer.report.explanation import explanation, known_words
    from loganalyzer.report.visible import visible

    patterns = patterns_of(folders)
    text = explanation(word, patterns, _terminal())
    if text is None:
        guess = did_you_mean(word, known_words(patterns))
        message = f"nothing is known by the name {visible(word, 80)!r}{guess}"
        raise click.UsageError(message)
    click.echo(text, nl=False)


@click.command("why")
@click.argument("association")
@click.argument("logs", nargs=-1, required=True)
def why_command(association: str, logs: tuple[str, ...]) -> None:
    """Say all that LOGS show of one ASSOCIATION (1.7, as in the report), and which findings are about it."""
    from loganalyzer.diagnosis.build import diagnose

    diagnosis = diagnose(*logs)
    say_problems(diagnosis.problems)
    found = next((a for a in diagnosis.associations if a.id == association), None)
    if found is None:
        if not diagnosis.logs:
            sys.exit(ExitCode.UNREADABLE)
        from loganalyzer.texts import texts

        some = ", ".join(a.id for a in diagnosis.associations[:8])
        key = "command.no_association" if some else "command.no_association_at_all"
        raise click.UsageError(texts()(key, name=association, some=some))
    for line in _all_of(found, diagnosis):
        click.echo(line)
    sys.exit(exit_code(diagnosis))


def _all_of(a: Association, diagnosis: Diagnosis) -> list[str]:
    from loganalyzer.dicom import uid_name
    from loganalyzer.report.timeline import describe
    from loganalyzer.report.visible import visible
    from loganalyzer.texts import texts

    t = texts()
    lines = [describe(a, diagnosis.logs), ""]
    answered = any(c.accepted_transfer_syntax or c.result for c in a.contexts)
    if a.contexts and not answered:
        lines.append("  " + t.count("command.contexts_unanswered", len(a.contexts)))
    for c in a.contexts[:128] if answered else ():
        proposed = ", ".join(map(uid_name, c.transfer_syntaxes)) or t("command.not_shown")
        taken = c.accepted_transfer_syntax
        answer = uid_name(taken) if taken else c.result or t("command.no_answer")
        words = {"abstract": uid_name(c.abstract_syntax), "proposed": proposed, "answer": answer}
        lines.append("  " + t("command.context", id=c.id, **{n: visible(word, 600) for n, word in words.items()}))
    lines += [
        f"  {ref.line:7d}  {visible(ref.text, 400)}" + (f"   <- {ref.note}" if ref.note else "") for ref in a.lines
    ]
    about = [f for f in diagnosis.findings if a.id in f.associations]
    lines += ["", t("command.findings_about" if about else "command.no_findings_about")]
    lines += [
        f"  {f.code} {f.signature} ({t(f'word.severity.{f.severity}')}, {t(f'word.confidence.{f.confidence}')}): "
        + visible(f.title, 300)
        + (f" [{t('command.explained_by', code=f.explained_by)}]" if f.explained_by else "")
        for f in about
    ]
    return [visible(line) for line in lines]


@click.command("ask")
@click.argument("logs", nargs=-1, required=True)
def ask_command(logs: tuple[str, ...]) -> None:
    """List what only a person can tell about LOGS: what to ask, why, and how to get it."""
    from loganalyzer.diagnosis.build import diagnose
    from loganalyzer.report.visible import visible
    from loganalyzer.texts import texts

    t = texts()
    diagnosis = diagnose(*logs)
    say_problems(diagnosis.problems)
    terminal = _terminal()
    if not diagnosis.questions:
        click.echo(t("command.nothing_to_ask"))
    for number, question in enumerate(diagnosis.questions, 1):
        why, how = f"   {t('command.why')}: {question.why}", f"   {t('command.how')}: {question.how}"
        for text in (f"{number}. {question.asks_for}", why, how):
            if not text.endswith(": "):
                click.echo("\n   ".join(terminal.folded(visible(text), 3, first=0)))
    sys.exit(ExitCode.OK if exit_code(diagnosis) is ExitCode.FAILURES else exit_code(diagnosis))
