"""Newton's method by the Hessian, and the curvature of a network's loss by hvp."""

import gradus
from gradus import nn


def rosenbrock(x: gradus.Tensor) -> gradus.Tensor:
    """(1 - x_0)^2 + 100 (x_1 - x_0^2)^2, least at (1, 1)."""
    return gradus.square(1 - x[0]) + 100 * gradus.square(x[1] - gradus.square(x[0]))


def solve_two(matrix: gradus.Tensor, right: gradus.Tensor) -> gradus.Tensor:
    """The solution of a 2 x 2 system by Cramer's rule."""
    (a, b), (c, d) = matrix
    return gradus.stack([d * right[0] - b * right[1], a * right[1] - c * right[0]]) / (
        a * d - b * c
    )


point = gradus.tensor([-1.2, 1.0], gradus.f64)
for number in range(7):
    print(number, point.tolist())
    gradient, hessian = gradus.grad(rosenbrock)(point), gradus.hessian(rosenbrock)(point)
    point = (point - solve_two(hessian, gradient)).eval()

layer = nn.Linear(3, 1, bias=False)
x = gradus.random_normal(gradus.Key(0), [64, 3])


def loss(weight: gradus.Tensor) -> gradus.Tensor:
    """The mean square of a linear map of x; its Hessian is 2 x^T x / 64."""
    return gradus.mean(gradus.square(x @ weight))


direction = gradus.tensor([1.0, 0.0, 0.0])
print("Hessian times a direction:", gradus.hvp(loss, layer.weight[0], direction).tolist())
print("by its formula:           ", (2 * x.T @ (x @ direction) / 64).tolist())
