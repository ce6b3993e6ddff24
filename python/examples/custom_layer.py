"""A layer of one's own: a residual block with a learned gate, in a compiled step of training."""

from __future__ import annotations

import gradus
from gradus import Tensor, nn, optim


class GatedResidual(nn.Module):
    """x + gate * f(x), (batch, size) -> (batch, size)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.Linear(size, size))
        self.gate = gradus.zeros([size])  # (size): at first the block changes nothing
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor, context: nn.Context) -> Tensor:
        return x + self.gate * self.dropout(self.inner(x), context)


model = nn.Sequential(nn.Linear(2, 16), GatedResidual(16), GatedResidual(16), nn.Linear(16, 1))
x = gradus.random_uniform(gradus.Key(0), [256, 2], -1, 1)
y = gradus.sin(3 * x[:, :1]) * x[:, 1:]  # (256, 1)

step = optim.TrainStep(model, optim.AdamW(3e-3), nn.mean_squared_error, key=gradus.Key(1))
for number in range(201):
    loss = step(x, y)
    if number % 50 == 0:
        print(f"step {number}: loss {float(loss):.5f}")
print(nn.describe(model, [2]))
