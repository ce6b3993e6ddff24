"""gradus.stats against closed forms and published values; the library's tests have the rest."""

from __future__ import annotations

import math

import numpy
import pytest

import gradus
from gradus import nn, stats

F64 = gradus.f64


def f64(x: object) -> gradus.Tensor:
    return gradus.tensor(numpy.asarray(x, dtype=numpy.float64))


def test_densities_read_numbers_in_the_type_of_the_distribution() -> None:
    normal = stats.Normal(f64(0.1), 1.3)
    z = (0.7 - 0.1) / 1.3
    wanted = -0.5 * z * z - math.log(1.3) - 0.5 * math.log(2 * math.pi)
    assert float(normal.log_prob(0.7)) == pytest.approx(wanted, rel=1e-15)
    assert normal.dtype == F64
    assert stats.Normal(0.0, 1.0).dtype == gradus.f32


def test_every_distribution_has_its_methods() -> None:
    key = gradus.Key(1)
    cases = [
        stats.Normal(0.0, [1.0, 2.0]), stats.Uniform(0.0, 1.0), stats.Exponential(2.0),
        stats.Laplace(0.0, 1.0), stats.Gamma(2.0, 1.0), stats.Beta(2.0, 3.0),
        stats.StudentT(5.0), stats.Lomax(3.0, 1.0), stats.Dirichlet([1.0, 2.0, 3.0]),
        stats.Bernoulli(0.3), stats.Binomial(5.0, 0.3), stats.BetaBinomial(5.0, 1.0, 2.0),
        stats.NegativeBinomial(2.0, 0.4), stats.Poisson(3.0), stats.Geometric(0.2),
        stats.Categorical([0.2, 0.8]), stats.Multinomial(4, [0.2, 0.8]),
        stats.Mixture([0.5, 0.5], stats.Normal([-1.0, 1.0], 1.0)),
    ]  # fmt: skip
    for distribution in cases:
        draws = distribution.sample(key, (7,))
        assert draws.shape == (7, *distribution.batch_shape, *distribution.event_shape)
        assert distribution.log_prob(draws).shape == (7, *distribution.batch_shape)
        assert bool(gradus.all(gradus.is_finite(distribution.log_prob(draws)))), distribution
        assert bool(gradus.all(distribution.variance() > 0)), distribution
        assert distribution.name in repr(distribution)
        if distribution.name not in ("Dirichlet", "Multinomial", "BetaBinomial"):
            assert bool(gradus.all(distribution.cdf(distribution.quantile(0.3)) >= 0.29999))


def test_gradients_pass_through_samples() -> None:
    def loss(mean: gradus.Tensor) -> gradus.Tensor:
        return gradus.mean(gradus.square(stats.Normal(mean, 1.0).sample(gradus.Key(2), (20000,))))

    assert float(gradus.grad(loss)(gradus.tensor(1.5))) == pytest.approx(3.0, abs=0.05)


def test_what_has_no_closed_form_says_so() -> None:
    with pytest.raises(gradus.Error, match="closed form"):
        stats.kl_divergence(stats.Poisson(1.0), stats.Normal(0.0, 1.0))
    with pytest.raises(ValueError, match="deviation must be positive"):
        float(stats.Normal(0.0, -1.0).mean() + stats.Normal(0.0, -1.0).variance())


def test_the_worked_example_of_a_table() -> None:
    values, table = f64([1, 2, 3, 4, 5]), f64([0.1, 0.2, 0.3, 0.2, 0.2])
    assert float(stats.expectation(values, table)) == pytest.approx(3.2)
    assert float(stats.variance(values, table)) == pytest.approx(1.56)
    assert float(stats.entropy(table, unit="bits")) == pytest.approx(2.2464, abs=5e-5)
    with pytest.raises(ValueError, match="add up to 1"):
        float(stats.entropy([0.5, 0.6]))
    with pytest.raises(ValueError, match="nats"):
        stats.entropy(table, unit="bans")


def test_joint_tables() -> None:
    table = stats.JointTable(["rain", "wet"], f64([[0.56, 0.14], [0.03, 0.27]]))
    numpy.testing.assert_allclose(table.marginal(["rain"]).probabilities.numpy(), [0.7, 0.3])
    numpy.testing.assert_allclose(table.given(wet=1).probabilities.numpy(), [14 / 41, 27 / 41])
    assert not table.are_independent(["rain"], ["wet"])
    with pytest.raises(ValueError, match="normalised"):
        stats.JointTable(["x"], [2.0, 6.0])
    counts = stats.JointTable(["x"], [2.0, 6.0], normalize=True)
    numpy.testing.assert_allclose(counts.probabilities.numpy(), [0.25, 0.75])


def test_samples_have_the_moments_of_numpy() -> None:
    sample = numpy.random.default_rng(1).normal(size=(20, 3))
    numpy.testing.assert_allclose(stats.covariance(sample).numpy(), numpy.cov(sample.T), rtol=1e-12)
    numpy.testing.assert_allclose(
        stats.correlation(sample).numpy(), numpy.corrcoef(sample.T), rtol=1e-12
    )


# SciPy 1.17.1: t.interval(0.9, 7, mean, standard error), norm.fit.
def test_intervals_and_bootstrap() -> None:
    sample = [4.1, 5.2, 6.3, 5.9, 4.8, 7.1, 5.5, 6.6]
    low, high = stats.t_interval(sample, 0.9)
    assert (low, high) == pytest.approx((5.025909558667619, 6.349090441332381), rel=1e-12)
    found = stats.bootstrap(gradus.mean, sample, gradus.Key(1), replicates=500)
    assert found.interval.low < 5.6875 < found.interval.high
    assert found.replicates.shape == (500,)


def test_what_a_statistic_raises_passes_through() -> None:
    def broken(x: gradus.Tensor) -> gradus.Tensor:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        stats.bootstrap(broken, [1.0, 2.0], gradus.Key(1))


def test_maximum_likelihood() -> None:
    sample = [0.9, 2.3, 1.1, 4.7, 3.3, 0.4, 2.8, 1.9, 5.6, 2.2]
    fit = stats.maximum_likelihood(stats.normal_family(), sample)
    assert fit.names == ["mean", "deviation"]
    assert float(fit.parameters[1]) == pytest.approx(1.5683111936092275, rel=1e-14)
    assert isinstance(fit.distribution, stats.Normal)
    gamma = stats.maximum_likelihood(stats.gamma_family(), sample)
    assert gamma.has_converged
    assert float(gamma.parameters[0]) == pytest.approx(2.2254809419533568, rel=1e-6)
    assert gamma.aic < fit.aic


def test_conjugate_posteriors() -> None:
    posterior = stats.posterior_of_binomial(stats.Beta(f64(1), f64(1)), f64([437]), 980)
    interval = stats.credible_interval(posterior)
    assert (interval.low, interval.high) == pytest.approx((0.415, 0.477), abs=5e-4)
    assert float(stats.predictive_of_binomial(posterior, 1).mean()) == pytest.approx(438 / 982)


def test_gaussian_vectors_and_linear_models() -> None:
    covariance = numpy.array([[2.0, 0.6], [0.6, 1.0]])
    gaussian = stats.MultivariateNormal(f64([1, -0.5]), covariance)
    numpy.testing.assert_allclose(gaussian.covariance().numpy(), covariance, rtol=1e-14)
    draws = gaussian.sample(gradus.Key(1), (400,))
    fit = stats.maximum_likelihood(stats.multivariate_normal_family(), draws)
    assert isinstance(fit.distribution, stats.MultivariateNormal)
    x = numpy.stack([numpy.ones(30), numpy.linspace(-1, 1, 30)], 1)
    y = x @ [0.5, 2.0] + 0.1 * numpy.random.default_rng(2).normal(size=30)
    after = stats.posterior_of_regression(stats.NormalGammaRegression.weak_prior(2), x, y)
    wanted = numpy.linalg.lstsq(x, y, rcond=None)[0]
    numpy.testing.assert_allclose(after.mean.numpy(), wanted, rtol=1e-5)
    assert float(after.predictive([[1.0, 0.0]]).deviation()[0]) == pytest.approx(0.1, rel=0.5)


def test_map_and_hamiltonian_draws() -> None:
    counts = f64([3, 5, 2])

    def log_density(parameters: list[gradus.Tensor]) -> gradus.Tensor:
        (rate,) = parameters
        likelihood = gradus.sum(stats.Poisson(rate).log_prob(counts))
        return likelihood + stats.Gamma(f64(2), f64(1)).log_prob(rate)

    mode = stats.maximum_a_posteriori(log_density, [1.0], ["positive"])
    assert float(mode.parameters[0]) == pytest.approx(11 / 4, rel=1e-6)
    draws = stats.sample_posterior(
        log_density, mode.parameters, gradus.Key(1), ["positive"], chains=2, warmup=100, draws=200
    )
    rates = draws.parameters[0]
    assert rates.shape == (2, 200)
    assert stats.r_hat(rates) < 1.1
    assert float(gradus.mean(rates)) == pytest.approx(3, abs=5 * stats.monte_carlo_error(rates))


def test_bias_and_variance_of_a_learner() -> None:
    def learner(inputs: gradus.Tensor, targets: gradus.Tensor, at: gradus.Tensor) -> gradus.Tensor:
        return gradus.mean(targets) + 0 * at

    x = f64(numpy.linspace(0, 1, 20))

    def source(key: gradus.Key) -> list[gradus.Tensor]:
        return [x, x + gradus.random_normal(key, (20,), 0, 0.5, F64)]

    at = f64([0, 0.5, 1])
    parts = stats.bias_variance(learner, source, at, at, 0.25, gradus.Key(1), 500)
    assert parts.squared_bias == pytest.approx(0.5 / 3, abs=0.01)
    assert parts.error == pytest.approx(parts.squared_bias + parts.variance + 0.25)


def test_a_bayesian_layer_has_its_divergence() -> None:
    model = nn.Sequential(nn.BayesianLinear(3, 2), nn.Tanh())
    assert float(nn.posterior_divergence(model)) > 0
    assert float(nn.posterior_divergence(nn.Linear(2, 2))) == 0
