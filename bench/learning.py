#!/usr/bin/env python3
"""Measures the estimators of gradus.learn beside those of scikit-learn.

  PYTHONPATH=build/release/python bench/learning.py [--only NAME]... [--threads 1,2] [--rounds 3]

Needs a Python that has NumPy and scikit-learn beside the package (see docs/python.md), and the data
sets of `tools/setup`. Each side is a process of its own; they take turns, and the median counts.
Every answer is compared: a side that computes something else gets no ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

FASHION = "fashion-mnist"
DIGITS = "digits"


@dataclass
class Workload:
    """What both sides do with the same table, and by how much their answers may differ."""

    data: Callable[[], Any]
    ours: Callable[[Any, Any], float]  # (gradus.learn, data) -> answer
    theirs: Callable[[Any, Any], float]  # (sklearn, data) -> answer
    tolerance: float = 0.0  # of the answers, relative


def table(name: str, count: int, part: str = "train") -> tuple[Any, Any]:
    """The first examples of a data set as f32 (count, features), and their classes."""
    import numpy

    from gradus import data

    examples = getattr(data.load(name), part)
    inputs, targets = examples.get(list(range(count)))
    return (
        numpy.array(inputs).reshape(count, -1).astype(numpy.float32),
        numpy.array(targets),
    )


def fashion(count: int, divisor: float = 255) -> Any:
    x, y = table(FASHION, count)
    test_x, test_y = table(FASHION, 10_000, "test")
    return x / divisor, y, test_x / divisor, test_y


def digits() -> Any:
    x, y = table(DIGITS, 1797)
    return x[:898], y[:898], x[898:], y[898:]


def made_table() -> Any:
    """Made, not measured: as many examples, features and classes as the Shuttle table."""
    import numpy

    random = numpy.random.default_rng(0)
    y = random.integers(0, 7, 58_000)
    x = random.normal(size=(58_000, 9)) + random.normal(size=(7, 9))[y]
    return x, y


def fitted_score(estimator: Any, data: Any) -> float:
    x, y, test_x, test_y = data
    return float(estimator.fit(x, y).score(test_x, test_y))


WORKLOADS = {
    "k-means-fashion": Workload(
        lambda: fashion(60_000)[0],
        lambda learn, x: (
            learn.KMeans(clusters=10, starts=1, max_iterations=20, tolerance=0.0).fit(x).inertia_
        ),
        lambda sk, x: (
            sk.cluster.KMeans(10, n_init=1, max_iter=20, tol=0, random_state=0).fit(x).inertia_
        ),
        0.05,  # they start from other centres
    ),
    "k-neighbors-fashion": Workload(
        lambda: fashion(60_000, 1),
        lambda learn, d: fitted_score(learn.KNeighborsClassifier(neighbors=5), d),
        lambda sk, d: fitted_score(sk.neighbors.KNeighborsClassifier(5), d),
    ),
    "svm-digits": Workload(
        digits,
        lambda learn, d: fitted_score(learn.SupportVectorClassifier(gamma=0.001), d),
        lambda sk, d: fitted_score(sk.svm.SVC(gamma=0.001), d),
    ),
    "svm-fashion": Workload(
        lambda: fashion(10_000),
        lambda learn, d: fitted_score(learn.SupportVectorClassifier(), d),
        lambda sk, d: fitted_score(sk.svm.SVC(), d),
        2e-4,  # images on the boundary
    ),
    "pca-fashion": Workload(
        lambda: fashion(60_000)[0],
        lambda learn, x: float(
            learn.PrincipalComponents(components=50).fit(x).explained_variance_.sum()
        ),
        lambda sk, x: float(sk.decomposition.PCA(50).fit(x).explained_variance_.sum()),
        3e-4,  # in f32 scikit-learn comes to 58.8396, in f64 to 58.85058
    ),
    "tree-fashion": Workload(
        lambda: fashion(10_000),
        lambda learn, d: fitted_score(learn.DecisionTreeClassifier(), d),
        lambda sk, d: fitted_score(sk.tree.DecisionTreeClassifier(random_state=0), d),
        0.03,  # ties are broken otherwise
    ),
    "tree-made": Workload(
        made_table,
        lambda learn, d: float(learn.DecisionTreeClassifier(max_depth=10).fit(*d).score(*d)),
        lambda sk, d: float(
            sk.tree.DecisionTreeClassifier(max_depth=10, random_state=0).fit(*d).score(*d)
        ),
        0.02,  # thresholds between quantiles
    ),
    "ward-fashion": Workload(
        lambda: fashion(5_000)[0],
        lambda learn, x: float(learn.Hierarchical(clusters=10).fit(x).distances_[-1]),
        lambda sk, x: float(
            sk.cluster.AgglomerativeClustering(10, compute_distances=True).fit(x).distances_[-1]
        ),
        1e-5,
    ),
    "average-fashion": Workload(
        lambda: fashion(5_000)[0],
        lambda learn, x: float(
            learn.Hierarchical(clusters=10, linkage="average").fit(x).distances_[-1]
        ),
        lambda sk, x: float(
            sk.cluster.AgglomerativeClustering(10, linkage="average", compute_distances=True)
            .fit(x)
            .distances_[-1]
        ),
        1e-5,
    ),
    "mixture-digits": Workload(
        lambda: table(DIGITS, 1797)[0].astype("float64"),
        lambda learn, x: (
            learn.GaussianMixture(components=10, regularization=1e-2, tolerance=1e-3)
            .fit(x)
            .score(x)
        ),
        lambda sk, x: (
            sk.mixture.GaussianMixture(10, reg_covar=1e-2, tol=1e-3, random_state=0).fit(x).score(x)
        ),
        0.1,  # they start from other centres
    ),
    "logistic-fashion": Workload(
        lambda: tuple(part.astype("float64") for part in fashion(10_000)),
        lambda learn, d: fitted_score(learn.LogisticRegression(tolerance=1e-4), d),
        lambda sk, d: fitted_score(sk.linear_model.LogisticRegression(tol=1e-4, max_iter=1000), d),
        0.01,
    ),
}


def work(side: str) -> None:
    """Answers names of workloads on standard input with seconds and answer, until it ends."""
    held: dict[str, Any] = {}
    if side == "gradus":
        import gradus
        from gradus import learn as library

        version = gradus.__version__
    else:
        import sklearn as library
        from sklearn import (  # noqa: F401
            cluster,
            decomposition,
            linear_model,
            mixture,
            neighbors,
            svm,
            tree,
        )

        version = library.__version__
    print(json.dumps({"version": version}), flush=True)
    for line in sys.stdin:
        name = line.strip()
        workload = WORKLOADS[name]
        if name not in held:
            held.clear()
            held[name] = workload.data()
        action = workload.ours if side == "gradus" else workload.theirs
        begin = time.perf_counter()
        answer = float(action(library, held[name]))
        print(json.dumps([time.perf_counter() - begin, answer]), flush=True)


class Side:
    """A process that works when it is told to."""

    def __init__(self, name: str, threads: int) -> None:
        counts = dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads)
        )
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--work", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **counts},
        )
        self.version = self._read()["version"]

    def _read(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench/learning.py: a side has ended; its message stands above")
        return json.loads(line)

    def run(self, name: str) -> tuple[float, float]:
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        return tuple(self._read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()


def measure(names: list[str], threads: int, rounds: int) -> list[dict[str, Any]]:
    rows = []
    with Side("gradus", threads) as ours, Side("sklearn", threads) as theirs:
        for name in names:
            seconds: tuple[list[float], list[float]] = ([], [])
            answers = [math.nan, math.nan]
            for side in (ours, theirs):
                side.run(name)  # reads data and warms up
            for _ in range(rounds):
                for place, side in enumerate((ours, theirs)):
                    taken, answers[place] = side.run(name)
                    seconds[place].append(taken)
            limit = WORKLOADS[name].tolerance * abs(answers[1]) + 1e-12
            medians = [statistics.median(values) for values in seconds]
            rows.append(
                {
                    "workload": name,
                    "threads": threads,
                    "peer": f"scikit-learn {theirs.version}",
                    "gradus_seconds": medians[0],
                    "peer_seconds": medians[1],
                    "answers": answers,
                    "ratio": medians[1] / medians[0]
                    if abs(answers[0] - answers[1]) <= limit
                    else None,
                }
            )
            print(row_text(rows[-1]), flush=True)
    return rows


def row_text(row: dict[str, Any]) -> str:
    ratio = f"{row['ratio']:.2f}" if row["ratio"] else "answers differ"
    answers = " / ".join(f"{answer:.6g}" for answer in row["answers"])
    return (
        f"| {row['workload']} | {row['threads']} | {row['gradus_seconds']:.3f} s | "
        f"{row['peer_seconds']:.3f} s | {ratio} | {answers} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--threads", default=f"1,{os.cpu_count()}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", help="a file to write, in JSON")
    parser.add_argument("--work", choices=("gradus", "sklearn"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return work(arguments.work)
    patterns = arguments.only or ["*"]
    names = [n for n in WORKLOADS if any(fnmatch.fnmatch(n, pattern) for pattern in patterns)]
    if not names:
        parser.error(f"no workload matches; there are {', '.join(WORKLOADS)}")
    print(
        "| workload | threads | gradus | scikit-learn | ratio | answers |\n|---|---|---|---|---|---|"
    )
    rows = []
    for threads in sorted({int(word) for word in arguments.threads.split(",")}):
        rows += measure(names, threads, arguments.rounds)
    ratios = [row["ratio"] for row in rows if row["ratio"]]
    if ratios:
        print(f"\nGeometric mean of {len(ratios)} ratios: {statistics.geometric_mean(ratios):.2f}")
    if arguments.results:
        with open(arguments.results, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
