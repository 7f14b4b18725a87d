"""Prints the numbers that the checks of the course's chapter 6 expect, computed with PyTorch.

    pip install torch==2.13.0        (the CPU build will do)
    python make_course_training_golden.py
"""

import math

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

STEPS = 20


def numbers(values):
    return "[" + ", ".join(f"{v:.7g}" for v in values) + "]"


# 6.1, 6.2: a valley, steep in one direction and flat in the others.
def valley(a, b):
    c = torch.tensor([10.0, 1.0])
    return (c * a * a).sum() / 2 + ((b - a) * (b - a)).sum() + b.sin().sum()


OPTIMIZERS = {
    "SGD, momentum 0.9, decay 0.1": lambda p: optim.SGD(
        p, lr=0.05, momentum=0.9, weight_decay=0.1),
    "SGD, Nesterov 0.8": lambda p: optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=0.1),
    "Adam, betas 0.8 and 0.95, epsilon 1e-3, decay 0.3": lambda p: optim.Adam(
        p, lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3),
    "AdamW, decay 0.3": lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.3),
}
for name, make in OPTIMIZERS.items():
    a = torch.tensor([1.0, -2.0], requires_grad=True)
    b = torch.tensor([0.5], requires_grad=True)
    optimizer = make([a, b])
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = valley(a, b)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    print(name)
    print("  losses", numbers(losses))
    print("  end", numbers(a.tolist() + b.tolist()))

# 6.3: five steps of warm-up, half a cosine down to 0.1 at step 20.
optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
schedule = lr_scheduler.SequentialLR(
    optimizer,
    [lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=4),
     lr_scheduler.CosineAnnealingLR(optimizer, T_max=15, eta_min=0.1)], milestones=[5])
factors = []
for _ in range(21):
    factors.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    schedule.step()
print("warm-up 5, total 20, minimum 0.1\n  factors", numbers(factors))

# 6.4: gradients [3, 0], [[4], [12]] have the norm 13.
for maximum in (6.5, 20.0):
    parameters = [torch.zeros(2, requires_grad=True), torch.zeros(2, 1, requires_grad=True)]
    parameters[0].grad = torch.tensor([3.0, 0.0])
    parameters[1].grad = torch.tensor([[4.0], [12.0]])
    norm = nn.utils.clip_grad_norm_(parameters, maximum).item()
    print(f"clipped to {maximum}\n  norm {norm:.7g}, gradients",
          numbers(parameters[0].grad.tolist() + parameters[1].grad.flatten().tolist()))


# 6.6: an MLP-ResNet, 6 → 8 with two blocks of 4 → 3 classes, parameters sin 1, sin 2, …
class Block(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(dim, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, dim),
            nn.BatchNorm1d(dim))

    def forward(self, x):
        return (x + self.body(x)).relu()


model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), Block(8, 4), Block(8, 4), nn.Linear(8, 3))
count = 0
with torch.no_grad():
    for parameter in model.parameters():
        flat = parameter.view(-1)
        for i in range(flat.numel()):
            count += 1
            flat[i] = math.sin(count)
x = torch.tensor([[math.cos(6 * r + i) for i in range(6)] for r in range(4)])
y = torch.tensor([0, 2, 1, 2])
print(f"MLP-ResNet, {count} parameters")
model.eval()
print("  evaluation", numbers(model(x).flatten().tolist()))
model.train()
print("  training", numbers(model(x).flatten().tolist()))

optimizer = optim.AdamW(model.parameters(), lr=0.005, weight_decay=0.01)
schedule = lr_scheduler.LambdaLR(optimizer, lambda step: (step + 1) / 4 if step < 4 else 0.5)
losses, norms = [], []
for _ in range(6):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    norms.append(nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
    optimizer.step()
    schedule.step()
    losses.append(loss.item())
print("  losses", numbers(losses))
print("  norms", numbers(norms))
