"""The peer's side of the benchmark, in Python: the same protocol as bench/worker.h."""

import json
import os
import struct
import sys
import time


def read_problem(path):
    """Metadata and raw tensors {name: (type, shape, bytes)} of a safetensors file."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = (entry["dtype"], entry["shape"], bytearray(data[begin:end]))
    return metadata, tensors


def checked_element(step, size):
    """Where libraries compare results, as in bench/problem.h."""
    return step * 7919 % size


def forget_peak_memory():
    """Linux looks for the largest resident size anew (proc(5), clear_refs)."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak_memory():
    """The largest resident size, in MiB."""
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def seconds_of(step, count):
    start = time.perf_counter()
    for _ in range(count):
        step()
    return time.perf_counter() - start


def protocol_output():
    """Standard output, kept from whatever a library may print, which goes to standard error."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return output


def serve(name, version, step, output):
    """Says who this is, then answers commands until standard input ends."""
    def reply(value):
        print(json.dumps(value), file=output, flush=True)

    reply({"name": name, "version": version})
    forget_peak_memory()
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "losses":
            reply([step() for _ in range(int(arguments[0]))])
        elif command == "run":
            reply(seconds_of(step, int(arguments[0])))
        elif command == "memory":
            reply(peak_memory())
        else:
            raise ValueError("unknown command: " + line.strip())
