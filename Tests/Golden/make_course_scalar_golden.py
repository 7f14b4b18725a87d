"""Prints the numbers that the checks of the course's exercise 1.7 expect, computed with PyTorch.

    pip install torch==2.13.0        (the CPU build will do)
    python make_course_scalar_golden.py

A 2-4-3-1 network with ReLU, hinge loss and an L2 penalty, as in micrograd's demo, in float64.
"""

import math

import torch

POINTS = [(-1, -1), (-1, 1), (1, -1), (1, 1), (0.5, 0), (0, -0.5)]
LABELS = [0, 1, 1, 0, 1, 0]
SIZES = [2, 4, 3, 1]
STEPS = 12


def start():
    """sin(1), sin(2), …: layer by layer, neuron by neuron, its weights and then its bias."""
    count, layers = 0, []
    for inputs, outputs in zip(SIZES, SIZES[1:]):
        rows = [[math.sin(count + r * (inputs + 1) + i + 1) for i in range(inputs + 1)]
                for r in range(outputs)]
        count += outputs * (inputs + 1)
        layers.append(torch.tensor(rows, dtype=torch.float64, requires_grad=True))
    return layers


def scores(layers):
    x = torch.tensor(POINTS, dtype=torch.float64)
    for i, layer in enumerate(layers):
        x = x @ layer[:, :-1].T + layer[:, -1]
        if i < len(layers) - 1:
            x = x.relu()
    return x[:, 0]


def loss(layers, penalty=1e-4):
    y = torch.tensor(LABELS, dtype=torch.float64) * 2 - 1
    hinge = (1 - y * scores(layers)).relu().mean()
    return hinge + penalty * sum((layer * layer).sum() for layer in layers)


def numbers(values):
    return "[" + ", ".join(f"{v:.7f}" for v in values) + "]"


layers = start()
print("scores", numbers(scores(layers).tolist()))
print("loss", f"{loss(layers).item():.7f}", "without penalty", f"{loss(layers, 0).item():.7f}")
loss(layers).backward()
print("first gradients", numbers(layers[0].grad.flatten()[:3].tolist()))
print("gradient of the last bias", f"{layers[-1].grad[0, -1].item():.7f}")

layers = start()
losses = []
for step in range(STEPS):
    for layer in layers:
        layer.grad = None
    value = loss(layers)
    value.backward()
    losses.append(value.item())
    with torch.no_grad():
        for layer in layers:
            layer -= 0.1 * layer.grad
print("losses", numbers(losses))
