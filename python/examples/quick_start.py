"""A network, an optimiser, a data set, a training loop."""

import gradus
from gradus import data, nn, optim

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(8, 32),
    nn.ReLU(),
    nn.Linear(32, 2),
)
inputs = gradus.random_normal(gradus.Key(1), [512, 8])
labels = gradus.cast(gradus.sum(inputs, axes=1) > 0, gradus.i64)
loader = data.DataLoader((inputs, labels), batch_size=64, shuffle=True)

step = optim.TrainStep(model, optim.Adam(1e-2), nn.cross_entropy)
for epoch in range(5):
    for batch, targets in loader:
        loss = step(batch, targets)
    print(f"epoch {epoch}: loss {float(loss):.4f}")

right = gradus.mean(gradus.cast(gradus.argmax(model(inputs)) == labels, gradus.f32))
print(f"accuracy {float(right):.3f}")
