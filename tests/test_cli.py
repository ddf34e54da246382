"""The command line as a user meets it: start-up cost, help, exit codes, and silence in a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from scanner import cli, plugins

SECRET = "raw-" + "secret-" + "of-a-scanned-record"
HEAVY = ("duckdb", "pyarrow", "spacy", "presidio_analyzer", "hyperscan", "pydantic", "numpy")
Cli = Callable[..., "subprocess.CompletedProcess[str]"]

FAILING = f"""
import click, sys, threading

SECRET = {SECRET!r}

class Unraisable:
    def __del__(self):
        raise ValueError(SECRET)

def by_message(): raise ValueError(SECRET)
def by_cause():
    try: int(SECRET)
    except ValueError as error: raise RuntimeError(SECRET) from error
def by_group(): raise ExceptionGroup(SECRET, [KeyError(SECRET)])
def by_exit(): sys.exit(SECRET)
def by_exit_one(): sys.exit(1)
def by_thread():
    thread = threading.Thread(target=by_message); thread.start(); thread.join()
def by_finaliser(): Unraisable()
def by_log():
    import logging; logging.getLogger("library").error(SECRET)
def by_warning():
    import warnings; warnings.warn(SECRET)
def by_interrupt(): raise KeyboardInterrupt(SECRET)
def by_recursion(): by_recursion()

@click.command()
@click.argument("how")
def plugin(how):
    globals()["by_" + how]()
"""


def _third_party(folder: Path, name: str, source: str) -> None:
    """A distribution, installed as far as Python can tell, that adds one command."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[leakgate.commands]\n{name} = {name}:plugin\n")
    (folder / f"{name}.py").write_text(source)


@pytest.fixture
def leakgate(tmp_path: Path) -> Cli:
    """Runs the real program, with a third-party command `failing` installed."""
    packages = tmp_path / "packages"
    packages.mkdir()
    _third_party(packages, "failing", FAILING)
    root = str(Path(cli.__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([root, str(packages)]), "COLUMNS": "100"}
    env.pop("PYTHONWARNINGS", None)

    def run(*args: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scanner.cli", *args]
        return subprocess.run(
            command, env=env | more, cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    return run


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom scanner import cli\n"
        "assert cli.run(['--help']) == 0\n"
        "for name in sys.argv[1].split(','): assert cli.run([name, '--help']) == 0\n"
        f"print('HEAVY:', [m for m in {HEAVY} if m in sys.modules])"
    )
    names = ",".join(plugins.names("commands"))
    run = subprocess.run([sys.executable, "-c", script, names], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "HEAVY: []" in run.stdout


def test_help_takes_less_than_half_a_second_of_cpu() -> None:
    before = os.times()
    subprocess.run([sys.executable, "-m", "scanner.cli", "--help"], capture_output=True, check=True)
    after = os.times()
    used = after.children_user - before.children_user + after.children_system
    assert used - before.children_system < 0.5


def test_help_tells_commands_and_exit_codes(leakgate: Cli) -> None:
    told = leakgate("--help")
    assert told.returncode == 0
    for line in ("0  pass", "1  blocked", "2  wrong", "3  incomplete", "4  leakgate itself"):
        assert line in told.stdout
    for name in plugins.names("commands"):
        assert f"\n  {name} " in told.stdout


def _commands(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [(path, command), *(c for n, sub in below for c in _commands(sub, f"{path} {n}"))]


@pytest.mark.parametrize("name", plugins.names("commands"))
def test_every_command_and_option_has_help(name: str) -> None:
    for path, command in _commands(plugins.load("commands", name), name):
        assert command.help, path
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.help, (path, option.name)


def test_version(leakgate: Cli) -> None:
    from scanner import __version__

    assert __version__ in leakgate("--version").stdout


@pytest.mark.parametrize(
    "args",
    [
        ("nothing-of-that-name",),
        ("--no-such-option",),
        ("report",),
        ("report", "missing.json"),
        ("policy", "check", "missing.yaml"),
    ],
)
def test_usage_errors_exit_2(leakgate: Cli, args: tuple[str, ...]) -> None:
    run = leakgate(*args)
    assert run.returncode == 2
    assert "error: " in run.stderr and "next: " in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize(
    ("args", "made_by"),
    [
        (("triage", "r.json"), "leakgate gate PATHS -o json=report.json"),
        (("explain", "x", "--report", "r.json"), "leakgate gate PATHS -o json=report.json"),
        (("gate", ".", "--exceptions", "e.jsonl"), "leakgate triage report.json"),
    ],
)
def test_a_file_of_ours_that_is_missing_says_what_makes_it(
    args: tuple[str, ...], made_by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(args) == 2
    assert f"make it: {made_by}" in capsys.readouterr().err


def test_our_own_errors_tell_what_where_and_next(leakgate: Cli, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("version: 1\ngaet: {}\n")
    run = leakgate("policy", "check", "p.yaml")
    assert run.returncode == 2
    assert "unknown key 'gaet'" in run.stderr
    assert "p.yaml, line 2" in run.stderr
    assert "did you mean 'gate'?" in run.stderr


@pytest.mark.parametrize("how", ["message", "cause", "group", "exit", "exit_one", "recursion"])
def test_a_crash_exits_4_and_tells_no_data(leakgate: Cli, how: str) -> None:
    run = leakgate("failing", how)
    assert run.returncode == 4
    assert SECRET not in run.stderr + run.stdout
    assert "leakgate crashed" in run.stderr
    assert "failing.py:" in run.stderr
    assert len(run.stderr.splitlines()) < 200


@pytest.mark.parametrize("how", ["thread", "finaliser", "log", "warning"])
def test_nothing_beside_the_main_path_tells_data(leakgate: Cli, how: str) -> None:
    run = leakgate("failing", how)
    assert run.returncode == 0
    assert SECRET not in run.stderr + run.stdout
    assert ("leakgate crashed" in run.stderr) == (how in ("thread", "finaliser"))


def test_a_crash_names_type_and_frames_of_its_causes(leakgate: Cli) -> None:
    told = leakgate("failing", "cause").stderr
    assert "builtins.RuntimeError" in told
    assert "builtins.ValueError" in told
    assert "by_cause" in told


def test_an_interrupted_run_is_incomplete(leakgate: Cli) -> None:
    run = leakgate("failing", "interrupt")
    assert run.returncode == 3
    assert "interrupted" in run.stderr
    assert SECRET not in run.stderr


def test_no_core_file_can_be_written() -> None:
    script = (
        "import resource; from scanner import crash; crash.guard(); "
        "assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_reader_that_goes_away_is_no_crash_and_no_pass() -> None:
    command = [sys.executable, "-m", "scanner.cli", "policy", "schema"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    run = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, text=True)
    os.close(write_end)
    assert run.returncode == 4
    assert "standard output was closed" in run.stderr
    assert "crashed" not in run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is of Linux")
def test_no_dump_is_made_of_a_guarded_process() -> None:
    code = (
        "import ctypes, resource; from scanner import crash; crash.guard(); "
        "print(ctypes.CDLL(None).prctl(3), resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]
