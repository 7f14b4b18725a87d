"""Prints the golden numbers of the course's chapter 0, computed with NumPy.

They stand in the checks in Sources/Exercises/Chapter00_WarmUp. With the folder of the MNIST files as
its argument the script also prints what needle's homework 0 (CMU 10-414) asserts about them.
"""

import gzip
import pathlib
import sys

import numpy as np


def formula_digits(count, pixels=784, classes=10):
    """Images and labels that a formula gives, the same in the checks."""
    i, j = np.arange(count)[:, None], np.arange(pixels)[None, :]
    images = (37 * i * i + 101 * j + 13 * i * j) % 256
    labels = (7 * np.arange(count) + np.arange(count) ** 2 // 3) % classes
    return images / 255, labels


def formula_weights(rows, columns, phase):
    """Weights that a formula gives, the same in the checks."""
    i, j = np.arange(rows)[:, None], np.arange(columns)[None, :]
    return ((7 * i + 11 * j + phase) % 13 - 6) / 20


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def loss(logits, labels):
    return -np.log(softmax(logits)[np.arange(len(labels)), labels]).mean()


def logit_gradient(logits, labels):
    result = softmax(logits)
    result[np.arange(len(labels)), labels] -= 1
    return result / len(labels)


def regression_epoch(images, labels, weights, rate, batch):
    for start in range(0, len(labels), batch):
        x, y = images[start : start + batch], labels[start : start + batch]
        weights = weights - rate * x.T @ logit_gradient(x @ weights, y)
    return weights


def network_epoch(images, labels, first, second, rate, batch):
    for start in range(0, len(labels), batch):
        x, y = images[start : start + batch], labels[start : start + batch]
        hidden = np.maximum(x @ first, 0)
        above = logit_gradient(hidden @ second, y)
        below = (above @ second.T) * (hidden > 0)
        first, second = first - rate * x.T @ below, second - rate * hidden.T @ above
    return first, second


def mnist(folder):
    folder = pathlib.Path(folder)
    images = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())[8:]
    images = np.frombuffer(images, np.uint8).reshape(len(labels), 784)
    return images / 255, np.frombuffer(labels, np.uint8).astype(int)


images, labels = formula_digits(20)
print(f"0.4  norm of 20 images  {np.linalg.norm(images):.7f}")
print(f"0.4  norm of the first 5  {np.linalg.norm(images[:5]):.7f}")

images, labels = formula_digits(25, 12, 4)
weights = regression_epoch(images, labels, np.zeros((12, 4)), 0.1, 10)
print(f"0.5  25 images, batches of 10: norm of the weights  {np.linalg.norm(weights):.7f}")
print(f"0.5  loss after the epoch  {loss(images @ weights, labels):.7f}")

first, second = formula_weights(12, 8, 0), formula_weights(8, 4, 5)
print(f"0.6  loss before the epoch  {loss(np.maximum(images @ first, 0) @ second, labels):.7f}")
first, second = network_epoch(images, labels, first, second, 0.1, 10)
print(f"0.6  norms of the weights  {np.linalg.norm(first):.7f} {np.linalg.norm(second):.7f}")
print(f"0.6  loss after the epoch  {loss(np.maximum(images @ first, 0) @ second, labels):.7f}")

if len(sys.argv) > 1:
    images, labels = mnist(sys.argv[1])
    print(f"MNIST  norm of the first 10 images  {np.linalg.norm(images[:10]):.6f}")
    print(f"MNIST  norm of the first 1000 images  {np.linalg.norm(images[:1000]):.4f}")
    weights = regression_epoch(images[:100], labels[:100], np.zeros((784, 10)), 0.1, 10)
    print(f"MNIST  norm of the weights after 100 images  {np.linalg.norm(weights):.7f}")
