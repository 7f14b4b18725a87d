"""Prints the numbers that the checks of the course's chapters 4 and 5 expect, computed with PyTorch.

    pip install torch==2.13.0        (the CPU build will do)
    python make_course_tensor_golden.py
"""

import torch
import torch.nn.functional as F

torch.set_printoptions(precision=7, sci_mode=False, linewidth=100)


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def show(name, value):
    text = str(value.detach().to(torch.float32).tolist()) if value.dim() == 0 else str(
        [round(x, 7) for x in value.detach().flatten().tolist()])
    print(f"{name:32} {list(value.shape)} {text}")


def section(title):
    print(f"\n{title}")


section("4.2 a chain of your rules")
x = tensor([[0.5, -1], [2, 0.25]])
loss = ((x * tensor([[2, 2], [-1, 4]]).detach()).exp().sum(1).log()).mean()
loss.backward()
show("loss", loss)
show("dx", x.grad)

section("4.3 two layers")
x = tensor([[1, -2], [0.5, 3], [-1, 1]]).detach()
w1, b1 = tensor([[0.5, -0.25, 1], [1, 0.75, -0.5]]), tensor([0.1, 0, -0.2])
w2 = tensor([[1], [-2], [0.5]])
loss = ((x @ w1 + b1).relu() @ w2).square().mean()
loss.backward()
show("loss", loss)
for name, leaf in [("db1", b1), ("dw1", w1), ("dw2", w2)]:
    show(name, leaf.grad)

section("4.6 log-sum-exp, GELU")
x = tensor([[1, 2, 3], [1000, 1000, 999], [-1000, -1001, -1000]])
y = torch.logsumexp(x, 1)
y.backward(tensor([1, 10, 100]).detach())
show("logsumexp", y)
show("d logsumexp", x.grad)
x = tensor([-3, -1, -0.5, 0, 0.5, 1, 3])
y = F.gelu(x, approximate="tanh")
y.sum().backward()
show("gelu", y)
show("d gelu", x.grad)

section("5.4 losses")
prediction, target = tensor([[0.5, -1], [2, 3]]), tensor([[1, -1], [0, 2.5]]).detach()
loss = F.mse_loss(prediction, target)
loss.backward()
show("mse", loss)
show("d mse", prediction.grad)
logits, target = tensor([2, -1, 0, 0.5, -3]), tensor([1, 0, 1, 0, 0.25]).detach()
loss = F.binary_cross_entropy_with_logits(logits, target)
loss.backward()
show("bce", loss)
show("d bce", logits.grad)
logits = tensor([[1, 2, 0.5], [0, -1, 3], [0.25, 0.25, -2], [5, 1, 1]])
for ignored in (-100, 2):
    logits.grad = None
    loss = F.cross_entropy(logits, torch.tensor([1, 2, 0, 2]), ignore_index=ignored)
    loss.backward()
    show(f"cross-entropy, ignoring {ignored}", loss)
    show("d cross-entropy", logits.grad)
show("cross-entropy of two rows", F.cross_entropy(logits, torch.tensor([-100, 1, -100, 0])))

section("5.5 norms")
x = tensor([[1, 2, -1], [0, -2, 3], [2, 0.5, 1], [-1, 1, 5]])
weight, bias = tensor([1, 2, 0.5]), tensor([0, 1, -1])
dy = tensor([[1, 2, 0], [0, 1, -1], [3, 0, 1], [1, -2, 2]]).detach()
for name, norm in [
    ("batch norm", lambda: F.batch_norm(x, torch.zeros(3, dtype=torch.float64), torch.ones(
        3, dtype=torch.float64), weight, bias, training=True)),
    ("layer norm", lambda: F.layer_norm(x, [3], weight, bias)),
    ("rms norm", lambda: F.rms_norm(x, [3], weight, eps=1e-6)),
]:
    for leaf in (x, weight, bias):
        leaf.grad = None
    y = norm()
    y.backward(dy)
    show(name, y)
    for part, leaf in [("dx", x), ("dweight", weight), ("dbias", bias)]:
        if leaf.grad is not None:
            show(f"  {part}", leaf.grad)
batch = torch.nn.BatchNorm1d(3, dtype=torch.float64)
batch(x)
show("running mean", batch.running_mean)
show("running variance", batch.running_var)
batch(x * 2 + 1)
show("running mean, second batch", batch.running_mean)
show("running variance, second batch", batch.running_var)
batch.eval()
show("in evaluation", batch(x[:1]))
x = tensor([[[1, 2], [0, 1]], [[3, -1], [2, 2]]])
show("batch norm of [2, 2, 2]", torch.nn.BatchNorm1d(2, dtype=torch.float64)(x))
