"""Results as lines, as tables and as the measured part of docs/benchmarks.md."""

import math
import os

import learning
import picture

BEGIN = "<!-- measured: bench/run writes what stands between these lines -->"
END = "<!-- /measured -->"
PYTORCH = ("pytorch-eager", "pytorch-compile")
ESTIMATORS = ("scikit-learn", "numpy", "scipy")


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def line_of(row):
    """A result on one line of a terminal."""
    words = [f"{row['workload']:<22} threads {row['threads']}",
             f"gradus {duration(row['gradus_seconds']):>8}",
             f"peak {number(row['share_of_peak']):>5}",
             f"{row['gradus_peak_mb']:6.0f} MB",
             f"result {row['gradus_result']:.6g}"]
    if row["peer"] is None:
        return "  ".join(words)
    words.append(f"{row['peer']:<15}")
    if row["ratio"] is None:
        difference = row["loss_difference"]
        words.append("other results: not the same work (they "
                     + ("are not finite)" if difference is None else f"differ by {difference:.0e})"))
    else:
        words += [f"{duration(row['peer_seconds']):>8}", f"{row['peer_peak_mb']:6.0f} MB",
                  f"ratio {row['ratio']:6.2f}", f"results differ by {row['loss_difference']:.0e}"]
    return "  ".join(words)


def by_workload(rows, threads):
    """{workload: {peer: row}} in the order of the rows."""
    table = {}
    for row in rows:
        if row["threads"] == threads:
            table.setdefault(row["workload"], {})[row["peer"]] = row
    return table


def best_ratio(of_peers, among=PYTORCH):
    """The fastest of some peers over Gradus (of PyTorch, its faster mode); None where none was
    measured."""
    ratios = [of_peers[peer]["ratio"] for peer in among
              if peer in of_peers and of_peers[peer]["ratio"] is not None]
    return min(ratios, default=None)


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def best_ratios(rows, threads, among=PYTORCH):
    """{workload: best_ratio}, each piece of work once: without the repetitions uncompiled or in
    bfloat16."""
    return {workload: best_ratio(of_peers, among)
            for workload, of_peers in by_workload(rows, threads).items()
            if not workload.endswith(("-uncompiled", "-bf16"))}


def summary(rows, threads, among=PYTORCH, whose="PyTorch's time (its faster mode)"):
    """A sentence on all workloads at one thread count, against the fastest of some peers."""
    known = {workload: ratio for workload, ratio in best_ratios(rows, threads, among).items()
             if ratio is not None}
    if not known:
        return "No peer was measured."
    behind = [f"{workload} ({ratio:.2f})" for workload, ratio in known.items() if ratio < 1]
    return (f"Geometric mean of {whose} over Gradus's: "
            f"**{geometric_mean(known.values()):.2f}** over {len(known)} workloads. "
            + ("Below 1: " + ", ".join(behind) + "." if behind else "None is below 1."))


def table(rows, threads, among=PYTORCH, best="best of PyTorch"):
    """A row for each workload, a column for each peer: its time and, in brackets, that over
    Gradus's."""
    peers = [peer for peer in (*PYTORCH, "libtorch", *ESTIMATORS)
             if any(row["peer"] == peer for row in rows if row["threads"] == threads)]
    head = ["workload", "Gradus", "share of peak", *peers, f"{best} / Gradus",
            "memory: Gradus", *(f"{peer}" for peer in peers)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for workload, of_peers in by_workload(rows, threads).items():
        first = next(iter(of_peers.values()))
        cells = [workload, duration(first["gradus_seconds"]), number(first["share_of_peak"])]
        cells += [time_cell(of_peers.get(peer)) for peer in peers]
        cells += [number(best_ratio(of_peers, among)), f"{first['gradus_peak_mb']:.0f} MB"]
        cells += [f"{of_peers[peer]['peer_peak_mb']:.0f} MB" if peer in of_peers else "-"
                  for peer in peers]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def time_cell(row):
    if row is None:
        return "-"
    if row["ratio"] is None:
        return "other results"
    return f"{duration(row['peer_seconds'])} ({row['ratio']:.2f})"


def parted(rows):
    """Those of steps, and those of estimators."""
    return ([row for row in rows if row["workload"] not in learning.WORKLOADS],
            [row for row in rows if row["workload"] in learning.WORKLOADS])


def versions(rows):
    known = {row["peer"].removesuffix("-eager").removesuffix("-compile"): row["peer_version"]
             for row in rows if row["peer"]}
    return ", ".join(f"{peer} {version}" for peer, version in sorted(known.items())) or "no peers"


def measured_part(rows, machine, picture_name):
    parts = [f"{machine} Peers: {versions(rows)}.",
             f"![PyTorch's time over Gradus's, by workload]({picture_name})"]
    steps, estimators = parted(rows)
    for threads in sorted({row["threads"] for row in rows}):
        count = f"{threads} thread{'s' if threads > 1 else ''}"
        parts += [f"### {count}", summary(steps, threads), table(steps, threads)]
        if estimators:
            fastest = "the fastest peer's time"
            parts += [f"### Estimators, {count}",
                      summary(estimators, threads, ESTIMATORS, fastest),
                      table(estimators, threads, ESTIMATORS, "fastest peer")]
    return "\n\n".join(parts)


def write(document, rows, machine):
    """Replaces the measured part of the document, whose other words are a person's, and draws its
    picture beside it."""
    with open(document, encoding="utf-8") as file:
        text = file.read()
    if BEGIN not in text or END not in text:
        raise SystemExit(f"bench/run: {document} has no place for tables: {BEGIN} ... {END}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    picture_path = os.path.splitext(document)[0] + ".svg"
    part = measured_part(rows, machine, os.path.basename(picture_path))
    with open(document, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{part}\n\n{END}{after}")
    steps, estimators = parted(rows)
    ratios = {threads: {**best_ratios(steps, threads),
                        **best_ratios(estimators, threads, ESTIMATORS)}
              for threads in sorted({row["threads"] for row in rows})}
    with open(picture_path, "w", encoding="utf-8") as file:
        file.write(picture.bars(ratios))
