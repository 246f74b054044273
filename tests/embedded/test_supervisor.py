"""The supervisor, with children small enough to misbehave on command."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sae.embedded import supervisor as supervisor_module
from sae.embedded.processes import wait_until
from sae.embedded.supervisor import Command, Supervisor


class Stage:
    """A supervisor and what it said, with children written as Python programs."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.said: list[str] = []
        self.supervisor = Supervisor(say=self.said.append)

    def child(self, name: str, program: str) -> Command:
        return Command(
            name,
            arguments=[sys.executable, "-c", textwrap.dedent(program)],
            environment=dict(os.environ),
            log_path=self.place / f"{name}.log",
            working_dir=self.place,
        )

    def lines(self, name: str) -> list[str]:
        path = self.place / f"{name}.log"
        return path.read_text().splitlines() if path.exists() else []

    def until(self, ready: Callable[[], bool], *, seconds: float = 15) -> None:
        def looked() -> bool:
            self.supervisor.restart_fallen()
            return ready()

        assert wait_until(looked, seconds=seconds, alive=lambda: True)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.supervisor.stop()


def test_a_crashed_child_is_started_again_and_told(stage: Stage) -> None:
    stage.supervisor.add(0, stage.child("web", "print('up', flush=True); exit(3)"))
    stage.until(lambda: len(stage.lines("web")) >= 2)
    assert stage.said[0] == "web s’est arrêté (code 3) ; relance dans 0.5 s."


def test_a_child_killed_is_started_again(stage: Stage) -> None:
    child = stage.child("web", "import time; print('up', flush=True); time.sleep(60)")
    stage.supervisor.add(0, child)
    stage.until(lambda: len(stage.lines("web")) == 1)
    assert child.process is not None
    child.process.kill()
    stage.until(lambda: len(stage.lines("web")) == 2)
    assert "signal 9" in stage.said[0]


def test_a_child_that_keeps_crashing_is_restarted_less_and_less_often(stage: Stage) -> None:
    stage.supervisor.add(0, stage.child("web", "exit(1)"))
    stage.until(lambda: len(stage.said) >= 3)
    assert [line.rsplit(" dans ", 1)[1] for line in stage.said[:3]] == ["0.5 s.", "1 s.", "2 s."]


def test_a_child_that_held_long_is_restarted_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "STEADY_SECONDS", 0.0)
    stage.supervisor.add(0, stage.child("web", "exit(1)"))
    stage.until(lambda: len(stage.said) >= 3)
    assert {line.rsplit(" dans ", 1)[1] for line in stage.said} == {"0.5 s."}


def test_stopping_waits_for_those_who_use_a_service_before_the_service(stage: Stage) -> None:
    tells_its_end = """
        import signal, sys, time
        def leave(*_):
            time.sleep({seconds}); open("order", "a").write("{name} "); sys.exit()
        signal.signal(signal.SIGTERM, leave)
        print("up", flush=True)
        time.sleep(60)
        """
    stage.supervisor.add(0, stage.child("db", tells_its_end.format(name="db", seconds=0)))
    stage.supervisor.add(1, stage.child("web", tells_its_end.format(name="web", seconds=1)))
    stage.until(lambda: bool(stage.lines("db") and stage.lines("web")))
    stage.supervisor.stop()
    assert (stage.place / "order").read_text() == "web db "


def test_a_stubborn_child_and_its_own_children_are_killed_in_time(stage: Stage) -> None:
    stubborn = stage.child(
        "worker",
        """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import signal, time;"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"])
        print(child.pid, flush=True)
        time.sleep(60)
        """,
    )
    stubborn.patience = 1.0
    stage.supervisor.add(0, stubborn)
    stage.until(lambda: bool(stage.lines("worker")))
    grandchild = psutil.Process(int(stage.lines("worker")[0]))
    began = time.monotonic()
    stage.supervisor.stop()
    # They would have slept a minute.
    assert time.monotonic() - began < 50
    # In a container whose first process reaps nobody, the dead stay as zombies.
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_every_child_is_asked_at_once_not_one_after_the_other(stage: Stage) -> None:
    slow = """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit()))
        print("up", flush=True)
        time.sleep(60)
        """
    names = [f"worker-{number}" for number in range(4)]
    for name in names:
        stage.supervisor.add(0, stage.child(name, slow))
    stage.until(lambda: all(stage.lines(name) for name in names))
    began = time.monotonic()
    stage.supervisor.stop()
    # Together, not one after the other; each takes a second.
    assert time.monotonic() - began < len(names)


def test_only_the_main_process_of_a_child_is_signalled(stage: Stage) -> None:
    stage.supervisor.add(
        0,
        stage.child(
            "worker",
            """
            import signal, subprocess, sys, time
            child = subprocess.Popen([sys.executable, "-c",
                "import signal, time;"
                "signal.signal(signal.SIGTERM, lambda *_: print('child signalled', flush=True));"
                "print('up', flush=True); time.sleep(60)"])
            def leave(*_):
                time.sleep(0.5); child.kill(); sys.exit()
            signal.signal(signal.SIGTERM, leave)
            time.sleep(60)
            """,
        ),
    )
    stage.until(lambda: stage.lines("worker") == ["up"])
    stage.supervisor.stop()
    assert stage.lines("worker") == ["up"]


def test_a_killed_supervisor_takes_its_children_with_it(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                """
                import os, sys, time
                from pathlib import Path
                from sae.embedded.supervisor import Command, Supervisor
                supervisor = Supervisor(say=print)
                child = Command("web", arguments=["sleep", "60"], environment=dict(os.environ),
                                log_path=Path("web.log"), working_dir=Path("."))
                supervisor.add(0, child)
                print(child.process.pid, flush=True)
                supervisor.watch()
                """
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    assert psutil.wait_procs([child], timeout=5)[1] == []


def test_watching_ends_when_a_stop_is_requested(stage: Stage) -> None:
    threading.Timer(0.3, stage.supervisor.request_stop).start()
    stage.supervisor.watch()
