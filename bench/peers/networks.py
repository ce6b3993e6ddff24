"""The workloads' networks in PyTorch, by the name of the workload."""

import torch
from torch import nn


def xor_network():
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(),
                         nn.Linear(512, 10))


def autoencoder():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU(),
                         nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 784))


def lenet():
    return nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(64 * 7 * 7, 512), nn.ReLU(), nn.Linear(512, 10))


def vgg():
    layers, width = [], 3
    for out in (64, 64, "pool", 128, 128, "pool", 256):
        if out == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(width, out, 3, padding=1), nn.ReLU()]
            width = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


def normalised_convolution(width, out, kernel=3, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(width, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out))


class ResidualBlock(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        stride = 1 if width == out else 2
        self.first = normalised_convolution(width, out, stride=stride)
        self.second = normalised_convolution(out, out)
        self.shortcut = (nn.Identity() if width == out
                         else normalised_convolution(width, out, kernel=1, stride=stride))

    def forward(self, x):
        return nn.functional.relu(self.second(nn.functional.relu(self.first(x))) + self.shortcut(x))


def resnet18():
    layers, width = [normalised_convolution(3, 64), nn.ReLU()], 64
    for out in (64, 64, 128, 128, 256, 256, 512, 512):
        layers.append(ResidualBlock(width, out))
        width = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def mobilenet():
    layers, width = [normalised_convolution(3, 32), nn.ReLU()], 32
    for out in (64, 128, 128, 256, 256):
        stride = 2 if width != out and width > 32 else 1
        layers += [normalised_convolution(width, width, stride=stride, groups=width), nn.ReLU(),
                   normalised_convolution(width, out, kernel=1), nn.ReLU()]
        width = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


def series():
    return nn.Sequential(nn.Conv1d(8, 64, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
                         nn.Conv1d(64, 64, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
                         nn.Conv1d(64, 128, 9, padding=4), nn.ReLU(),
                         nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(128, 10))


def volumes():
    return nn.Sequential(nn.Conv3d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool3d(2),
                         nn.Conv3d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool3d(2),
                         nn.Conv3d(64, 64, 3, padding=1), nn.ReLU(),
                         nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(64, 10))


class LastState(nn.Module):
    """The states after the last step of a recurrent module's upper layer, (batch, width)."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        states = self.module(x)[1]  # (layers * directions, batch, hidden), of an LSTM two of them
        hidden = states[0] if isinstance(states, tuple) else states
        if not self.module.bidirectional:
            return hidden[-1]
        return torch.cat((hidden[-2], hidden[-1]), 1)


def lstm(features=28):
    return nn.Sequential(LastState(nn.LSTM(features, 128, batch_first=True)), nn.Linear(128, 10))


def gru():
    module = nn.GRU(28, 128, num_layers=2, bidirectional=True, batch_first=True)
    return nn.Sequential(LastState(module), nn.Linear(256, 10))


class MeanOfWords(nn.Module):
    def forward(self, x):
        return x.mean(1)


def text():
    return nn.Sequential(nn.Embedding(50_000, 128), MeanOfWords(), nn.Linear(128, 10))


NETWORKS = {
    "xor": xor_network,
    "mlp": mlp,
    "autoencoder": autoencoder,
    "lenet": lenet,
    "vgg": vgg,
    "resnet18": resnet18,
    "mobilenet": mobilenet,
    "conv1d": series,
    "conv3d": volumes,
    "lstm": lstm,
    "gru": gru,
    "embedding": text,
}


def network(workload):
    """The network of a workload such as "lenet-inference-b1"."""
    if workload == "lstm-784":  # one pixel a step
        return lstm(features=1)
    return NETWORKS[workload.split("-")[0]]()
