"""The two kinds of workloads, and who works on them: steps of networks, which C++ workers take, and
estimators, which Gradus's side runs from Python as its peers do."""

import dataclasses
import os
import subprocess

import comparison
import known_peers
import learning

START_OF = "mlp-b32"  # the problem of the workload that measures a start


class Steps:
    """The workloads of gradus_bench_worker."""

    def __init__(self, worker, peers):
        self._worker = worker
        self._peers = peers

    def names(self):
        listed = subprocess.run([self._worker, "list"], check=True, capture_output=True, text=True)
        return ["start-" + START_OF] + listed.stdout.split()

    def write(self, name, path):
        """Lets Gradus write a workload's data for the peers."""
        problem = name.removeprefix("start-")
        subprocess.run([self._worker, "write", problem, path], check=True)
        metadata = known_peers.metadata_of(path)
        workload = comparison.Workload(name, problem, name.startswith("start-"),
                                       float(metadata["operations"]), float(metadata["bytes"]))
        # Both operands of a product in bfloat16 are off by 2^-9 of themselves at most.
        return dataclasses.replace(workload, tolerance=2**-8) if name.endswith("-bf16") else workload

    def commands(self, workload, path, threads):
        ours = ("gradus", [self._worker, "serve", workload.problem])
        return [ours] + [(peer.name, peer.command(workload.problem, path)) for peer in self._peers
                         if peer.takes(workload, threads)]

    def effort(self, is_first):
        """Losses are compared over ten steps at one thread count and over three at the others."""
        return comparison.Effort(checked_steps=10 if is_first else 3)


class Estimators:
    """The workloads of bench/learning.py."""

    def __init__(self, python, package, peers_python):
        self._gradus = ["env", "PYTHONPATH=" + package, python, learning.__file__]
        found = known_peers.of_estimators(peers_python) if peers_python else []
        self._peers = {name: [peers_python, learning.__file__, "serve", name] for name in found}

    def names(self):
        return list(learning.WORKLOADS)

    def write(self, name, path):
        subprocess.run([*self._gradus, "write", name, path], check=True)
        return comparison.Workload(name, name, tolerance=learning.WORKLOADS[name].tolerance)

    def commands(self, workload, path, _threads):
        ours = ("gradus", [*self._gradus, "serve", "gradus", path])
        return [ours] + [(name, [*self._peers[name], path])
                         for name in learning.WORKLOADS[workload.name].peers
                         if name in self._peers]

    def effort(self, _is_first):
        """A fit takes up to a minute, and always gives the same answer."""
        return comparison.Effort(rounds=3, checked_steps=1)


def missing_part(python, package):
    """What estimators of Gradus cannot be measured without; nothing if all is there."""
    return next((path for path in (python, os.path.join(package, "gradus"))
                 if not os.path.exists(path)), None)
