"""A worker that is killed or stuck costs its task one more try, and then only that task."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.executors import Quarantined
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
        print("a worker prints nothing")  # noqa: T201
        return task.upper()


class Broken:
    def __call__(self) -> Callable[[str], str]:
        raise UsageError("rule file is broken", "rules/x.yaml", "mend it")


class Crashing:
    def __call__(self) -> Callable[[str], str]:
        raise ValueError("holds a raw value")


def run(folder: Path, tasks: list[str], timeout: float = 30.0) -> dict[str, object]:
    return dict(Local().run(Start(folder), iter(tasks), 2, timeout))


def test_every_task_is_answered(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tasks = [f"t{i}" for i in range(20)]
    assert run(tmp_path, tasks) == {t: t.upper() for t in tasks}
    assert capfd.readouterr() == ("", "")


def test_a_killed_worker_costs_a_retry_only(tmp_path: Path) -> None:
    tasks = ["a", "dies-once", "b", "poison", "c", "d"]
    done = run(tmp_path, tasks)
    assert done.pop("poison") == Quarantined("it died")
    assert done == {t: t.upper() for t in tasks if t != "poison"}


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
