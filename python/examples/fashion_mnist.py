"""A small convolutional network on Fashion-MNIST (tools/setup data fetches it).

GRADUS_EXAMPLE_STEPS limits the steps of an epoch, for a quick look.
"""

import os

import gradus
from gradus import data, nn, optim, train

fashion = data.load("fashion-mnist")
scale = data.fit_scale(fashion.train, data.Normalization.standard, fashion.info.pixel_maximum)
limit = int(os.environ.get("GRADUS_EXAMPLE_STEPS", "0"))


def scaled(images, labels, indices):
    """Pixels as the network sees them."""
    return scale(images), labels


def loader(dataset, count, **options):
    """Batches of 64 of the first `count` examples, or of all."""
    chosen = data.Subset(dataset, list(range(min(count, len(dataset))))) if count else dataset
    return data.DataLoader(chosen, 64, transform=scaled, **options)


model = nn.Sequential(
    nn.Conv2d(1, 16, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.MaxPool(2),
    nn.Conv2d(16, 32, kernel_size=3),
    nn.ReLU(),
    nn.MaxPool(2),
    nn.Flatten(),
    nn.Linear(32 * 6 * 6, 10),
)
print(nn.describe(model, fashion.info.input_shape))

train.fit(
    model,
    nn.cross_entropy,
    optim.Adam(1e-3),
    loader(fashion.train, 64 * limit, shuffle=True, key=gradus.Key(1)),
    epochs=2,
    metrics=train.MetricSet.classification,
)
found = train.evaluate(
    model, nn.cross_entropy, loader(fashion.test, 64 * limit), train.MetricSet.classification
)
print(f"test accuracy {found['accuracy']:.3f}")
