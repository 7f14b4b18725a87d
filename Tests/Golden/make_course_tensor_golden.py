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
