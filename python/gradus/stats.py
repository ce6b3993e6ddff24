"""Probability and statistics: distributions, tables, information, estimation, Bayesian inference.

Everything is made of operations on tensors and can be differentiated.

>>> prior = Beta(1.0, 1.0)
>>> posterior = posterior_of_bernoulli(prior, gradus.tensor([1.0, 0.0, 1.0, 1.0]))
>>> round(float(posterior.mean()), 4)
0.6667
>>> round(float(entropy(gradus.tensor([0.1, 0.2, 0.3, 0.2, 0.2]), unit="bits")), 4)
2.2464
"""

from __future__ import annotations

from ._core._stats import *
