"""One process of a comparison, which takes steps of a workload when it is told to."""

import json
import os
import select
import signal
import subprocess


class SideError(Exception):
    """A side stopped or said nothing in time; the message names it and where its words are."""


class Side:
    """A worker that speaks the protocol of bench/worker.h, between `with` and its end. Once it has
    been ready, it stands still while it is asked nothing: idle threads of some libraries look for
    work for tens of milliseconds, in which others would be measured."""

    def __init__(self, name, command, threads, folder, timeout=900):
        self.name = name
        self.version = None
        self._command = command
        self._environment = environment(threads, folder)
        self._log = os.path.join(folder, name + ".log")
        self._timeout = timeout
        self._process = None

    def __enter__(self):
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                env=self._environment)
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def wait_until_ready(self):
        self.version = self._answer()["version"]

    def losses(self, count):
        """What the next `count` steps return."""
        return self._ask(f"losses {count}")

    def seconds(self, count):
        """How long `count` steps take."""
        return self._ask(f"run {count}")

    def peak_memory(self):
        """The largest resident size since the worker was ready, in MiB."""
        return self._ask("memory")

    def _ask(self, command):
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.stdin.write(command.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._stopped() from None
        return self._answer()

    def _answer(self):
        output = self._process.stdout
        if not select.select([output], [], [], self._timeout)[0]:
            self._process.kill()
            raise SideError(f"{self.name}: no answer in {self._timeout} s; see {self._log}")
        line = output.readline()
        if not line:
            raise self._stopped()
        self._process.send_signal(signal.SIGSTOP)
        return json.loads(line)

    def _stopped(self):
        with open(self._log, encoding="utf-8", errors="replace") as log:
            words = log.read().strip().splitlines()
        return SideError(f"{self.name} stopped: {words[-1] if words else 'without a word'}"
                         f" (see {self._log})")


def environment(threads, folder):
    """The user's own, with the number of threads said to every library that may be there."""
    own = dict(os.environ)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        own[variable] = str(threads)
    own.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(folder, "inductor"))
    return own
