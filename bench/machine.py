"""This machine, in words."""

import datetime
import os
import platform


def processor_count():
    return len(os.sched_getaffinity(0))


def processor():
    """Its model's name and the widest vectors it has."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        entries = dict(line.split(":", 1) for line in file if ":" in line)
    entries = {key.strip(): value.strip() for key, value in entries.items()}
    flags = entries.get("flags", "").split()
    vectors = next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2"))
                    if flag in flags), "no AVX2")
    return f"{entries.get('model name', platform.machine())}, {vectors}"


def describe(peaks):
    """Sentences on machine, peaks by thread count and day."""
    rates = "; ".join(
        f"{threads} thread{'s' if threads > 1 else ''}: {peak.multiply_add / 1e9:.0f} GFLOP/s of "
        f"multiply-adds, {peak.copy / 1e9:.1f} GB/s copied"
        for threads, peak in sorted(peaks.items()))
    return (f"{processor()}; {processor_count()} processors; Linux {platform.release()}; "
            f"{datetime.date.today().isoformat()}. Measured in the same run: {rates}.")
