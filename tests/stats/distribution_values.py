#!/usr/bin/env python3
"""Writes distribution_values.h, beside this file: what SciPy says of distributions.

    python3 -m pip install numpy scipy
    tests/stats/distribution_values.py
"""

import pathlib

import numpy as np
import scipy
from scipy import stats

# name, parameters, SciPy's distribution, points
CONTINUOUS = [
    ("Normal", (1.5, 2.0), stats.norm(1.5, 2.0), [-20, -1, 1.5, 3, 15]),
    ("Uniform", (-1.0, 3.0), stats.uniform(-1, 4), [-2, -1, 0.5, 3, 4]),
    ("Exponential", (0.5,), stats.expon(scale=2), [-1, 0, 0.1, 3, 60]),
    ("Laplace", (1.0, 0.5), stats.laplace(1, 0.5), [-15, 0.2, 1, 1.7, 20]),
    ("Gamma", (2.5, 0.5), stats.gamma(2.5, scale=2), [-1, 0.01, 2, 5, 80]),
    ("Gamma", (0.3, 2.0), stats.gamma(0.3, scale=0.5), [1e-6, 0.05, 1, 6]),
    ("Beta", (2.0, 3.5), stats.beta(2, 3.5), [-0.5, 0.001, 0.3, 0.9, 1.5]),
    ("Beta", (0.5, 0.5), stats.beta(0.5, 0.5), [0.001, 0.5, 0.97]),
    ("StudentT", (3.0, 1.0, 2.0), stats.t(3, 1, 2), [-300, -1, 1, 1.001, 4, 90]),
    ("StudentT", (1.0, 0.0, 1.0), stats.t(1), [-1e6, -0.5, 0, 2]),
    ("Lomax", (2.5, 3.0), stats.lomax(2.5, scale=3), [-1, 0, 0.5, 4, 1000]),
    ("StudentT", (30.0, 0.0, 1.0), stats.t(30), [-9, -0.5, 1e-9, 2.04]),
]
DISCRETE = [
    ("Bernoulli", (0.3,), stats.bernoulli(0.3), [-1, 0, 0.5, 1, 2]),
    ("Binomial", (10.0, 0.35), stats.binom(10, 0.35), [-1, 0, 2.5, 4, 10, 11]),
    ("Binomial", (1000.0, 0.01), stats.binom(1000, 0.01), [0, 10, 60]),
    ("Poisson", (3.5,), stats.poisson(3.5), [-1, 0, 3, 3.5, 40]),
    ("Poisson", (200.0,), stats.poisson(200), [100, 200, 290]),
    ("NegativeBinomial", (2.5, 0.4), stats.nbinom(2.5, 0.4), [-1, 0, 3.5, 4, 30]),
    ("Geometric", (0.25,), stats.geom(0.25), [0, 1, 2.5, 7, 150]),
]


def text(value):
    if np.isnan(value):
        return "NAN"
    if np.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return repr(float(value))


def braces(values):
    return "{" + ", ".join(text(value) for value in values) + "}"


def mean_of(d):
    """SciPy says infinity where the integral of t with one degree of freedom does not exist."""
    return np.nan if d.dist.name == "t" and d.args[0] <= 1 else d.mean()


def rows(table, log_prob):
    for name, parameters, d, points in table:
        points = np.array(points, dtype=float)
        yield (f'    {{"{name}", {braces(parameters)}, {braces(points)},\n'
               f"     {braces(log_prob(d, points))},\n     {braces(d.cdf(points))},\n"
               f"     {braces(d.sf(points))},\n     {text(mean_of(d))}, {text(d.var())}, "
               f"{text(d.entropy())}}},\n")


np.seterr(all="ignore")
lines = f"""#pragma once

#include <cmath>
#include <vector>

// Written by distribution_values.py with NumPy {np.__version__} and SciPy {scipy.__version__}.

namespace gradus::testing {{

struct DistributionValues {{
  const char* name;
  std::vector<double> parameters, points;
  std::vector<double> log_prob, cdf, survival;  // at the points
  double mean, variance, entropy;
}};

// clang-format off
const DistributionValues kContinuous[] = {{
{"".join(rows(CONTINUOUS, lambda d, x: d.logpdf(x)))}}};
const DistributionValues kDiscrete[] = {{
{"".join(rows(DISCRETE, lambda d, x: d.logpmf(x)))}}};
// clang-format on

}}  // namespace gradus::testing
"""
pathlib.Path(__file__).with_name("distribution_values.h").write_text(lines)
