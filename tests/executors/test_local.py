"""A worker that is killed or stuck costs its task one more try, and then only that task."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import scanner
from scanner.errors import UsageError
from scanner.executors import Quarantined
from scanner.executors._line import Line, send
from scanner.executors.local import Local


class Start:
    """Picklable: gives each worker the folder in which tasks leave their marks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self) -> Callable[[str], str]:
        return self.work

    def work(self, task: str) -> str:
        mark = self.folder / task
        first = not mark.exists()
        mark.touch()
        if task == "poison" or (task == "dies-once" and first):
            os.kill(os.getpid(), signal.SIGKILL)
        if task == "stuck":
            time.sleep(60)
        if task.startswith("stopped"):
            return self.stop(task)
        if task == "hungry":
            self.held = b"x" * (400 << 20)
            time.sleep(60)
        if task == "pid":
            return str(os.getpid())
        print("a worker prints nothing")  # noqa: T201
        return task.upper()

    def stop(self, task: str) -> str:
        """Send more than the line takes, and be stopped by somebody in the middle of it."""
        (self.folder / task).write_text(str(os.getpid()))
        code = f"import os,signal,time; time.sleep(1); os.kill({os.getpid()}, signal.SIGSTOP)"
        subprocess.Popen([sys.executable, "-c", code])
        sent = time.monotonic() + 0.9
        while time.monotonic() < sent:
            time.sleep(0.05)
        return "x" * (1 << 28)


class Broken:
    def __call__(self) -> Callable[[str], str]:
        raise UsageError("rule file is broken", "rules/x.yaml", "mend it")


class Crashing:
    def __call__(self) -> Callable[[str], str]:
        raise ValueError("holds a raw value")


def run(
    folder: Path, tasks: list[str], timeout: float = 30.0, memory: int = 0
) -> dict[str, object]:
    return dict(Local().run(Start(folder), iter(tasks), 2, timeout, memory))


def test_every_task_is_answered(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tasks = [f"t{i}" for i in range(20)]
    assert run(tmp_path, tasks) == {t: t.upper() for t in tasks}
    assert capfd.readouterr() == ("", "")


def test_a_killed_worker_costs_a_retry_only(tmp_path: Path) -> None:
    tasks = ["a", "dies-once", "b", "poison", "c", "d"]
    done = run(tmp_path, tasks)
    assert done.pop("poison") == Quarantined("it died")
    assert done == {t: t.upper() for t in tasks if t != "poison"}


class Group(tuple[str, ...]):
    """Several tasks that go as one."""

    @property
    def parts(self) -> tuple[str, ...]:
        return self


class StartOfGroups(Start):
    def work(self, task: str | Group) -> str:
        if isinstance(task, Group):
            return " ".join(super(StartOfGroups, self).work(part) for part in task)
        return super().work(task)


def test_a_killed_worker_takes_apart_what_went_together(tmp_path: Path) -> None:
    tasks = [Group(["a", "b"]), Group(["c", "poison", "d"]), "e"]
    done = dict(Local().run(StartOfGroups(tmp_path), iter(tasks), 1, 30.0))
    assert done == {
        ("a", "b"): "A B",
        "c": "C",
        "poison": Quarantined("it died"),
        "d": "D",
        "e": "E",
    }


def test_a_worker_that_dies_idle_costs_nothing(tmp_path: Path) -> None:
    results = Local().run(Start(tmp_path), iter(["a", "b", "c"]), 2, 30.0)
    done = dict([next(results)])
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    done |= dict(results)
    assert done == {"a": "A", "b": "B", "c": "C"}


def test_a_stuck_worker_is_stopped(tmp_path: Path) -> None:
    began = time.monotonic()
    assert run(tmp_path, ["stuck", "a"], timeout=1.0) == {
        "stuck": Quarantined("it overran its time limit"),
        "a": "A",
    }
    assert time.monotonic() - began < 20


def test_a_worker_that_cannot_start_says_why() -> None:
    with pytest.raises(UsageError) as caught:
        list(Local().run(Broken(), iter(["a"]), 2, 30.0))
    assert caught.value.hint == "mend it"
    with pytest.raises(Exception, match="could not start") as crashed:
        list(Local().run(Crashing(), iter(["a"]), 1, 30.0))
    assert "raw value" not in str(crashed.value)


def test_tasks_may_grow_while_they_are_read(tmp_path: Path) -> None:
    class Growing:
        def __init__(self) -> None:
            self.queue = ["a"]

        def __iter__(self) -> "Growing":
            return self

        def __next__(self) -> str:
            if not self.queue:
                raise StopIteration
            return self.queue.pop()

    tasks, seen = Growing(), []
    for task, _ in Local().run(Start(tmp_path), tasks, 2, 30.0):
        seen.append(task)
        if len(task) < 4:
            tasks.queue.append(task + "x")
    assert seen == ["a", "ax", "axx", "axxx"]


def test_a_long_temporary_folder_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert run(tmp_path, ["a", "b"]) == {"a": "A", "b": "B"}


def test_a_worker_stopped_while_it_sends_holds_up_nobody(tmp_path: Path) -> None:
    began, answered = time.monotonic(), dict[str, float]()
    tasks = ["stopped", *(f"t{i}" for i in range(20))]
    for task, result in Local().run(Start(tmp_path), iter(tasks), 2, 4.0):
        answered[task] = time.monotonic() - began
        if isinstance(result, Quarantined):
            assert task == "stopped" and "time limit" in result.why
    assert set(answered) == set(tasks)
    late = [task for task, at in answered.items() if at >= 4]
    assert "stopped" in late and len(late) <= 2, "at most one was waiting behind it"
    assert answered["stopped"] < 20


def test_messages_arrive_whole_however_they_come(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    line, got = Line(ours), list[object]()
    sender = threading.Thread(target=lambda: [send(theirs, b"x" * n) for n in (0, 1, 5 << 20)])
    sender.start()
    while len(got) < 3:
        got += line.receive()
    assert [len(m) for m in got] == [0, 1, 5 << 20]  # type: ignore[arg-type]
    theirs.close()
    sender.join()
    assert line.receive() == [] and line.closed
    line.send("nobody listens")
    line.close()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="nobody can look from outside")
def test_a_worker_that_takes_too_much_memory_is_stopped(tmp_path: Path) -> None:
    full = Quarantined("it passed its memory limit")
    began = time.monotonic()
    assert run(tmp_path, ["hungry", "a"], memory=300 << 20) == {"hungry": full, "a": "A"}
    assert time.monotonic() - began < 20


def test_with_threads_in_this_process_workers_are_not_forked(tmp_path: Path) -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert run(tmp_path, ["a", "dies-once", "b"]) == {
            "a": "A",
            "dies-once": "DIES-ONCE",
            "b": "B",
        }
    finally:
        done.set()
        thread.join()


def test_at_most_two_tasks_a_worker_are_taken(tmp_path: Path) -> None:
    taken = 0

    def tasks() -> Iterator[str]:
        nonlocal taken
        for number in range(200):
            taken += 1
            yield f"t{number}"

    for answered, _ in enumerate(Local().run(Start(tmp_path), tasks(), 2, 30.0)):
        assert taken - answered <= 4


PARENT = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_local import Start
from scanner.executors.local import Local
for task, result in Local().run(Start(Path(sys.argv[1])), iter(["pid", "stuck"]), 2, 600.0):
    print(result, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_do_not_outlive_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    here = [str(Path(__file__).parent), str(Path(scanner.__file__).parents[1])]
    command = [sys.executable, "-c", PARENT, str(tmp_path), *here]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    while not (tmp_path / "stuck").exists():
        time.sleep(0.05)
    children = _children(parent.pid)
    assert worker in children
    parent.send_signal(number)
    parent.communicate(timeout=10)
    ends = time.monotonic() + 10
    while alive := [pid for pid in children if _runs(pid)]:
        assert time.monotonic() < ends, alive
        time.sleep(0.05)


def _children(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout
    pairs = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, of in pairs if int(of) == parent]


def _runs(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return state.stdout.strip()[:1] not in ("", "Z")
