"""Measures one workload: Gradus and its peers in turn."""

import contextlib
import dataclasses
import math
import statistics
import time

from side import Side, SideError


@dataclasses.dataclass
class Workload:
    name: str
    problem: str  # of the worker; a start has the problem of another workload
    from_start: bool = False  # measures from the start of a process to its first result
    operations: float = 0  # multiply-adds counted twice, of a step
    bytes: float = 0  # moved by a step that is bound by memory
    tolerance: float = 1e-5  # of the first loss, or answer


@dataclasses.dataclass
class Effort:
    """How long a measurement takes."""
    rounds: int = 5
    round_seconds: float = 0.2  # at least, and at least one step
    checked_steps: int = 10


@dataclasses.dataclass
class Peak:
    """What the machine can do, a second."""
    multiply_add: float = 0
    copy: float = 0


# The largest difference of losses, over the largest loss, that rounding explains in steps after the
# first, each of which starts from the difference of the one before (Adam divides small gradients by
# their own size). In the first, nothing has grown yet: Workload.tolerance.
LATER_TOLERANCE = 2e-2


def loss_difference(ours, theirs):
    """The largest difference of two series of losses, as a share of the largest loss."""
    scale = max(abs(value) for value in theirs) or 1.0
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        if not math.isfinite(a) or not math.isfinite(b):
            return math.inf
        worst = max(worst, abs(a - b) / scale)
    return worst


def agrees(workload, ours, theirs):
    return (loss_difference(ours[:1], theirs[:1]) <= workload.tolerance
            and loss_difference(ours, theirs) <= max(LATER_TOLERANCE, workload.tolerance))


@dataclasses.dataclass
class Measurement:
    """What one side did."""
    name: str
    version: str
    losses: list
    seconds: float  # a step, the median of the rounds
    peak_mb: float


def measure_steps(sides, effort):
    """Every side's step, in turn: A B A B ... A side that fails is left out and reported."""
    able, failures = list(sides), []
    losses, counts, seconds, memory = {}, {}, {side.name: [] for side in sides}, {}

    def in_turn(action):
        for side in list(able):
            try:
                action(side)
            except SideError as error:
                failures.append(str(error))
                able.remove(side)

    def prepare(side):
        side.wait_until_ready()
        losses[side.name] = side.losses(effort.checked_steps)
        counts[side.name] = steps_of_a_round(side, effort)

    def measure(side):
        count = counts[side.name]
        seconds[side.name].append(side.seconds(count) / count)

    def ask_memory(side):
        memory[side.name] = side.peak_memory()

    with contextlib.ExitStack() as stack:
        for side in sides:
            stack.enter_context(side)
        in_turn(prepare)
        for _ in range(effort.rounds):
            in_turn(measure)
        in_turn(ask_memory)
    return [Measurement(side.name, side.version, losses[side.name],
                        statistics.median(seconds[side.name]), memory[side.name])
            for side in able], failures


def steps_of_a_round(side, effort):
    once = max(side.seconds(1), 1e-9)
    return max(1, min(1_000_000, math.ceil(effort.round_seconds / once)))


def measure_starts(sides, effort):
    """From the start of each side's process to its first loss, in turn."""
    seconds, last, failures = {}, {}, []
    for _ in range(effort.rounds):
        for side in sides:
            try:
                begin = time.perf_counter()
                with side:
                    side.wait_until_ready()
                    losses = side.losses(1)
                    seconds.setdefault(side.name, []).append(time.perf_counter() - begin)
                    last[side.name] = (side.version, losses, side.peak_memory())
            except SideError as error:
                failures.append(str(error))
    measurements = [
        Measurement(name, version, losses, statistics.median(seconds[name]), peak_mb)
        for name, (version, losses, peak_mb) in last.items()]
    return measurements, sorted(set(failures))


def share_of_peak(workload, seconds, peak):
    """Of the machine's multiply-adds or, for work bound by memory, of its copy bandwidth."""
    if workload.from_start:
        return None
    if workload.operations:
        return workload.operations / seconds / peak.multiply_add
    if workload.bytes:
        return workload.bytes / seconds / peak.copy
    return None


def result_rows(workload, threads, measurements, peak):
    """The objects of results.json: one for each peer, or one for Gradus alone. A peer whose losses
    are others does not do the same work: it gets no ratio."""
    ours = next(m for m in measurements if m.name == "gradus")
    peers = [m for m in measurements if m is not ours]
    rows = []
    for peer in peers or [None]:
        same = peer is not None and agrees(workload, ours.losses, peer.losses)
        difference = peer and loss_difference(ours.losses, peer.losses)
        rows.append({
            "workload": workload.name,
            "threads": threads,
            "peer": peer and peer.name,
            "peer_version": peer and peer.version,
            "gradus_seconds": ours.seconds,
            "peer_seconds": peer.seconds if same else None,
            "ratio": peer.seconds / ours.seconds if same else None,
            "share_of_peak": share_of_peak(workload, ours.seconds, peak),
            "gradus_peak_mb": ours.peak_mb,
            "peer_peak_mb": peer and peer.peak_mb,
            "gradus_result": ours.losses[0],
            "loss_difference": difference if peer and math.isfinite(difference) else None,
        })
    return rows
