"""The command line: finds commands by file name and loads one when it is called.

A command is one file here that defines `plugin`, a `click.Command` whose function returns an
`ExitCode` (or None for 0).  Nothing heavy is imported at the top of these files.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import click

from scanner import __version__, crash, plugins, suggest
from scanner.errors import ExitCode, LeakgateError, UsageError
from scanner.outputs import drop_stdout, stdout_told

_SELDOM = (500_000, 20, 20)  # new objects until garbage is looked for: most of ours stay for good

EXIT_CODES = """\b
Exit codes (no output format changes them; 1 wins over 3):
  0  pass
  1  blocked by the policy
  2  wrong flag, policy, rule file or path: nothing was scanned
  3  incomplete: something was unreadable, skipped or timed out, nothing was
     scanned, or the run was interrupted
  4  leakgate itself failed: nothing was decided"""


class _Commands(click.Group):
    """The commands of the family folder, and those that other packages add."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return plugins.names("commands")

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in plugins.names("commands"):
            return None
        command: click.Command = plugins.load("commands", cmd_name)
        command.epilog = command.epilog or EXIT_CODES
        return command


@click.command(
    cls=_Commands,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="leakgate")
def group() -> None:
    """Find credentials, personal data, unreleased-product terms and over-broad read grants
    in telemetry stores and dataset shards, and decide whether a release may go out."""


def main() -> None:
    """The console command: guards the process, runs, exits."""
    crash.guard()
    _end_in_order()
    gc.set_threshold(*_SELDOM)
    if "_LEAKGATE_COMPLETE" in os.environ:
        group.main(prog_name="leakgate")  # the shell asks for completions
    _end(run(sys.argv[1:]))


def _end(code: int) -> NoReturn:
    """End the process.  Taking hundreds of modules apart first would cost a tenth of a run."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # told before, where it matters: see `_flush`
            if stream is not None:
                stream.flush()
    os._exit(code)


def _end_in_order() -> None:
    """A polite request to end is like Ctrl-C: files aside are removed, workers end, exit is 3."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # not: nohup
            signal.signal(number, interrupt)


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit code; whatever goes wrong is told on stderr."""
    try:
        # Not `group.main`: it decides exit codes of its own, 1 for a broken pipe among them.
        with group.make_context("leakgate", list(args)) as context:
            result = group.invoke(context)
        _flush()
    except click.exceptions.Exit as done:  # --help, --version
        return done.exit_code
    except BaseException as error:  # noqa: BLE001 - the last line of defence
        return _failed(error)
    return int(result) if isinstance(result, int) else ExitCode.PASS


def _flush() -> None:
    """Raises LeakgateError when standard output does not take what was written."""
    with stdout_told():
        if sys.stdout is not None:
            sys.stdout.flush()


def _failed(error: BaseException) -> int:
    for kind, tell in _TELL.items():
        if isinstance(error, kind):
            return tell(error)
    return _crashed(error)


def _known(error: LeakgateError) -> int:
    click.echo(error.diagnostics(), err=True)
    return error.exit_code


def _usage(error: click.ClickException) -> int:
    """What click refuses, in the form of our own errors; a group without a command shows help."""
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return ExitCode.USAGE
    where = context.command_path if context else "leakgate"
    what = error.format_message().rstrip(".")
    click.echo(UsageError(what, where, _next(error, where)).diagnostics(), err=True)
    return ExitCode.USAGE


_MADE_BY = {  # files that leakgate itself makes, by the name of their argument or option
    "report": "leakgate gate PATHS -o json=report.json",
    "report_file": "leakgate gate PATHS -o json=report.json",
    "baseline": "leakgate baseline report.json -o baseline.jsonl",
    "exceptions": "leakgate triage report.json",
}


def _next(error: click.ClickException, where: str) -> str:
    help_ = f"{where} --help tells what there is"
    name = getattr(getattr(error, "param", None), "name", "")
    if name in _MADE_BY and error.format_message().endswith("does not exist."):
        return f"check the path, or make it: {_MADE_BY[name]}"
    if isinstance(error, click.UsageError) and error.message.startswith("No such command"):
        word = error.message.split("'")[1] if "'" in error.message else ""
        return f"{suggest.close(word, plugins.names('commands'))} {help_}".strip()
    return help_


def _interrupted(_error: BaseException) -> int:
    click.echo("error: interrupted before a verdict\n  next:  run it again", err=True)
    return ExitCode.INCOMPLETE


def _reader_gone(_error: BaseException) -> int:
    """Whoever read our standard output closed it: the output is not whole."""
    drop_stdout()
    what = "standard output was closed before everything was written"
    click.echo(f"error: {what}\n  next:  read it to its end, or write to a file", err=True)
    return ExitCode.INTERNAL


def _crashed(error: BaseException) -> int:
    click.echo(crash.describe(error), err=True)
    return ExitCode.INTERNAL


_TELL: dict[type[BaseException], Callable[[Any], int]] = {
    LeakgateError: _known,
    click.ClickException: _usage,
    click.Abort: _interrupted,
    KeyboardInterrupt: _interrupted,
    BrokenPipeError: _reader_gone,
}
