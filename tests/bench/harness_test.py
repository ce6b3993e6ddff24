"""The benchmark's harness, without timing anything: harness_test.py WORKER

WORKER is gradus_bench_worker.
"""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "bench"), os.path.join(ROOT, "bench/peers")]

import comparison  # noqa: E402
import learning  # noqa: E402
import report  # noqa: E402
import worker as peer_worker  # noqa: E402
from side import Side, SideError  # noqa: E402

WORKER = sys.argv.pop()

FIELDS = {"workload": str, "threads": int, "gradus_seconds": float, "gradus_peak_mb": float,
          "gradus_result": float}
PEER_FIELDS = ("peer", "peer_version", "peer_seconds", "ratio", "peer_peak_mb", "loss_difference")


def run_harness(folder, *words):
    return subprocess.run(
        [sys.executable, os.path.join(ROOT, "bench/run"), "--worker", WORKER, "--folder", folder,
         "--results", os.path.join(folder, "results.json"), "--no-peers", "--quick", *words],
        capture_output=True, text=True, check=False)


class Results(unittest.TestCase):
    def test_gradus_alone_gives_one_object_for_each_thread_count(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run_harness(folder, "--only", "xor", "--threads", "1,2")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(os.path.join(folder, "results.json"), encoding="utf-8") as file:
                rows = json.load(file)
        self.assertEqual([row["threads"] for row in rows], [2, 1])
        for row in rows:
            self.assertEqual(set(row), {*FIELDS, *PEER_FIELDS, "share_of_peak"})
            for name, kind in FIELDS.items():
                self.assertIsInstance(row[name], kind, name)
            for name in PEER_FIELDS:
                self.assertIsNone(row[name], name)
            self.assertEqual(row["workload"], "xor")
            self.assertGreater(row["gradus_seconds"], 0)
            self.assertGreater(row["gradus_peak_mb"], 1)

    def test_an_unknown_workload_is_answered_with_those_there_are(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run_harness(folder, "--only", "lstn")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no workload lstn", done.stderr)
        self.assertIn("lenet-b64", done.stderr)


def xor_losses(parameters, count):
    """A 2-8-1 network with tanh, mean squared error and plain gradient descent at rate 0.1, in
    double precision: the textbook's back-propagation."""
    first, first_bias, second, second_bias = parameters
    cases = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
    losses = []
    for _ in range(count):
        loss, d_first, d_first_bias = 0, [0] * 16, [0] * 8
        d_second, d_second_bias = [0] * 8, [0]
        for x, target in cases:
            hidden = [math.tanh(first[2 * j] * x[0] + first[2 * j + 1] * x[1] + first_bias[j])
                      for j in range(8)]
            error = sum(w * h for w, h in zip(second, hidden)) + second_bias[0] - target
            loss += error * error / 4
            d_output = 2 * error / 4
            d_second_bias[0] += d_output
            for j in range(8):
                d_second[j] += d_output * hidden[j]
                d_hidden = d_output * second[j] * (1 - hidden[j] ** 2)
                d_first_bias[j] += d_hidden
                d_first[2 * j] += d_hidden * x[0]
                d_first[2 * j + 1] += d_hidden * x[1]
        losses.append(loss)
        for values, gradients in ((first, d_first), (first_bias, d_first_bias),
                                  (second, d_second), (second_bias, d_second_bias)):
            values[:] = [v - 0.1 * g for v, g in zip(values, gradients)]
    return losses


class Workers(unittest.TestCase):
    def test_peers_read_the_problem_that_gradus_trains_on(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "xor.safetensors")
            subprocess.run([WORKER, "write", "xor", path], check=True)
            metadata, tensors = peer_worker.read_problem(path)
            with Side("gradus", [WORKER, "serve", "xor"], 1, folder) as side:
                side.wait_until_ready()
                losses = side.losses(10)
        self.assertEqual((metadata["work"], metadata["rule"]), ("training", "sgd"))
        parameters = [list(struct.unpack(f"<{len(data) // 4}f", data))
                      for _, _, data in (tensors[f"parameters.{i}"] for i in range(4))]
        for ours, expected in zip(losses, xor_losses(parameters, 10), strict=True):
            self.assertAlmostEqual(ours, expected, delta=1e-6)

    def test_a_side_that_stops_is_named_with_its_last_words(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", "import sys; sys.exit('no such device')"]
            with Side("broken", command, 1, folder) as side:
                with self.assertRaisesRegex(SideError, "broken stopped: no such device"):
                    side.wait_until_ready()


class PlayedSide:
    """Takes steps of a given length at once, and notes who was asked in which order."""

    def __init__(self, name, asked, step, losses, lasts=1000):
        self.name, self.version, self._asked = name, "1", asked
        self._step, self._losses, self._lasts = step, losses, lasts

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def wait_until_ready(self):
        pass

    def losses(self, count):
        return self._losses[:count]

    def seconds(self, count):
        self._lasts -= 1
        if self._lasts < 0:
            raise SideError(self.name + " stopped")
        self._asked.append(self.name)
        return self._step * count

    def peak_memory(self):
        return 7.0


WORKLOAD = comparison.Workload("toy", "toy", operations=4e9)
PEAK = comparison.Peak(multiply_add=10e9, copy=1e9)
EFFORT = comparison.Effort(rounds=3, round_seconds=0, checked_steps=2)


class Comparison(unittest.TestCase):
    def compare(self, *sides):
        measurements, failures = comparison.measure_steps(sides, EFFORT)
        return comparison.result_rows(WORKLOAD, 1, measurements, PEAK), failures

    def test_sides_take_turns_and_the_ratio_is_peer_over_gradus(self):
        asked = []
        (row,), failures = self.compare(PlayedSide("gradus", asked, 0.5, [2.0, 1.0]),
                                        PlayedSide("peer", asked, 2.0, [2.0, 1.001]))
        self.assertEqual(failures, [])
        self.assertEqual(asked[2:], ["gradus", "peer"] * 3)  # after one step each to plan rounds
        self.assertEqual(row["ratio"], 4.0)
        self.assertEqual(row["share_of_peak"], 0.8)  # 4 GFLOP in 0.5 s, of 10 GFLOP/s
        self.assertAlmostEqual(row["loss_difference"], 0.0005)

    def test_there_is_no_ratio_where_the_losses_are_others(self):
        for theirs in ([2.0, 1.1], [2.001, 1.0], [math.nan, math.nan]):
            (row,), _ = self.compare(PlayedSide("gradus", [], 0.5, [2.0, 1.0]),
                                     PlayedSide("peer", [], 2.0, theirs))
            self.assertIsNone(row["ratio"], theirs)
            self.assertIsNone(row["peer_seconds"], theirs)

    def test_the_workload_says_how_far_answers_may_differ(self):
        loose = comparison.Workload("toy", "toy", tolerance=0.05)
        for theirs, agrees in (([1.04], True), ([1.06], False), ([math.inf], False)):
            self.assertEqual(comparison.agrees(loose, [1.0], theirs), agrees, theirs)

    def test_a_peer_that_stops_is_left_out_and_the_others_go_on(self):
        rows, failures = self.compare(PlayedSide("gradus", [], 0.5, [2.0, 1.0]),
                                      PlayedSide("short", [], 1.0, [2.0, 1.0], lasts=2),
                                      PlayedSide("long", [], 1.0, [2.0, 1.0]))
        self.assertEqual([row["peer"] for row in rows], ["long"])
        self.assertEqual(failures, ["short stopped"])


def row_of(workload, peer, ratio):
    return {"workload": workload, "threads": 1, "peer": peer, "peer_version": "1",
            "gradus_seconds": 0.001, "peer_seconds": 0.001 * ratio, "ratio": ratio,
            "share_of_peak": 0.5, "gradus_peak_mb": 10.0, "peer_peak_mb": 20.0,
            "loss_difference": 0.0}


ROWS = [row_of("one", "pytorch-eager", 3.0), row_of("one", "pytorch-compile", 2.0),
        row_of("one", "libtorch", 0.1), row_of("two", "pytorch-eager", 8.0)]


class Report(unittest.TestCase):
    def test_the_mean_is_geometric_and_over_the_faster_mode_of_pytorch(self):
        self.assertIn("**4.00** over 2 workloads", report.summary(ROWS, 1))  # sqrt(2 * 8)
        self.assertIn("None is below 1", report.summary(ROWS, 1))
        behind = [*ROWS, row_of("three", "pytorch-eager", 0.5)]
        self.assertIn("Below 1: three (0.50)", report.summary(behind, 1))

    def test_a_repetition_without_compiling_does_not_count_twice(self):
        repeated = [*ROWS, row_of("one-uncompiled", "pytorch-eager", 0.5)]
        self.assertEqual(report.summary(repeated, 1), report.summary(ROWS, 1))
        self.assertIn("| one-uncompiled |", report.table(repeated, 1))

    def test_a_repetition_in_bfloat16_does_not_count_twice(self):
        repeated = [*ROWS, row_of("one-bf16", "pytorch-eager", 20.0)]
        self.assertEqual(report.summary(repeated, 1), report.summary(ROWS, 1))
        self.assertIn("| one-bf16 |", report.table(repeated, 1))

    def test_estimators_have_tables_of_their_own(self):
        rows = [*ROWS, row_of("pca-fashion", "scikit-learn", 5.0),
                row_of("svd-512-f64", "numpy", 2.0), row_of("svd-512-f64", "scipy", 1.25)]
        part = report.measured_part(rows, "A machine.", "picture.svg")
        steps, estimators = part.split("### Estimators, 1 thread")
        self.assertIn("**4.00** over 2 workloads", steps)
        self.assertIn("**2.50** over 2 workloads", estimators)  # sqrt(5 * 1.25)
        self.assertNotIn("pca-fashion", steps)
        self.assertIn("| svd-512-f64 | 1 ms | 0.50 | - | 2 ms (2.00) | 1.25 ms (1.25) | 1.25 |",
                      estimators)

    def test_every_peer_of_an_estimator_is_one_that_a_worker_can_be(self):
        for name, workload in learning.WORKLOADS.items():
            self.assertTrue(workload.peers, name)
            self.assertLessEqual(set(workload.peers), set(report.ESTIMATORS), name)
            self.assertLessEqual(set(workload.peers), set(learning.MODULES), name)

    def test_only_the_measured_part_of_the_document_is_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            document = os.path.join(folder, "speeds.md")
            with open(document, "w", encoding="utf-8") as file:
                file.write(f"Words before.\n{report.BEGIN}\nold\n{report.END}\nWords after.\n")
            report.write(document, ROWS, "A machine.")
            with open(document, encoding="utf-8") as file:
                text = file.read()
            picture = xml.etree.ElementTree.parse(os.path.join(folder, "speeds.svg")).getroot()
        self.assertTrue(text.startswith("Words before.\n"))
        self.assertTrue(text.endswith("\nWords after.\n"))
        self.assertNotIn("old", text)
        self.assertIn("(speeds.svg)", text)
        self.assertIn("| one | 1 ms | 0.50 | 3 ms (3.00) | 2 ms (2.00) | 100 us (0.10) | 2.00 |",
                      text)
        labels = [element.text for element in picture.iter() if element.tag.endswith("text")]
        for expected in ("one", "two", "1 thread"):
            self.assertIn(expected, labels)


if __name__ == "__main__":
    unittest.main()
