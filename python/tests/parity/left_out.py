"""Operations of the registry that have no case of their own here, and why."""

from __future__ import annotations

_DRAWS = "draws: no other library has its numbers; test_parity_draws.py compares their distribution"
_STEP = "an optimiser's step: test_parity_optimizers.py compares 20 of them"
_GRADIENT = "the gradient of an operation that is compared with its gradients"

LEFT_OUT = {
    "fused": "what compile() and fuse() make of elementwise operations that are compared",
    "fold_in": "makes a key of a key: no other library has its numbers",
    "scatter_matrix": "stands behind covariance() and pca(): test_stats.py, test_linalg.py",
    "slice_scatter": _GRADIENT,
    "max_pool_gather": _GRADIENT,
    "rnn": "stands behind the layer RNN: test_parity_layers.py",
    "lstm": "stands behind the layer LSTM: test_parity_layers.py",
    "gru": "stands behind the layer GRU: test_parity_layers.py",
    **dict.fromkeys(
        [
            "random_uniform",
            "random_normal",
            "random_bernoulli",
            "random_integer",
            "random_permutation",
            "random_categorical",
            "random_log_gamma",
            "random_poisson",
            "random_binomial",
        ],
        _DRAWS,
    ),
    **dict.fromkeys(
        ["sgd_update", "momentum_update", "adam_update", "adagrad_update", "rmsprop_update"], _STEP
    ),
    **dict.fromkeys(
        [
            "tanh_gradient",
            "gammainc_shape_gradient",
            "betainc_shape_gradient",
            "relu_gradient",
            "sigmoid_gradient",
            "silu_gradient",
            "gelu_gradient",
            "leaky_relu_gradient",
            "elu_gradient",
            "random_log_gamma_gradient",
            "linear_gradient",
            "convolution_data_gradient",
            "convolution_weight_gradient",
            "max_pool_gradient",
            "average_pool_gradient",
            "softmax_gradient",
            "softmax_cross_entropy_gradient",
            "normalization_gradient",
            "rnn_gradient",
            "lstm_gradient",
            "gru_gradient",
        ],
        _GRADIENT,
    ),
}
