"""Makes optim.safetensors: 20 steps of each optimizer, clipping and schedules with PyTorch.

    pip install torch==2.13.0        (the CPU build will do)
    python make_optim_golden.py
"""

import math

import torch
from torch import optim
from torch.optim import lr_scheduler

from golden_format import Golden

golden = Golden()
normal = golden.normal
STEPS = 20
SHAPES = [(3, 4), (5,)]

# The gradients are given, not computed: only the optimizer is tested.
start = [normal(*shape) for shape in SHAPES]
gradients = [[normal(*shape) for shape in SHAPES] for _ in range(STEPS)]
for i, x in enumerate(start):
    golden.keep(f"start/{i}", x)
    golden.keep(f"gradients/{i}", torch.stack([g[i] for g in gradients]))

OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, lr=0.1),
    "sgd.decay": lambda p: optim.SGD(p, lr=0.1, weight_decay=0.2),
    "sgd.momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "sgd.nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True),
    "adam": lambda p: optim.Adam(p, lr=0.02),
    "adam.decay": lambda p: optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.3),
    "adamw": lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.3),
    "adamw.groups": lambda p: optim.AdamW(
        [{"params": p[:1], "lr": 0.03, "weight_decay": 0.1},
         {"params": p[1:], "lr": 0.01, "weight_decay": 0.0}], betas=(0.9, 0.99)),
}
for name, make in OPTIMIZERS.items():
    golden.trajectory(name, make, start, gradients)

for name, limit in (("clip.above", 1.0), ("clip.below", 100.0)):
    parameters = [x.clone().requires_grad_() for x in start]
    for parameter, gradient in zip(parameters, gradients[0]):
        parameter.grad = gradient.clone()
    golden.keep(f"{name}/norm", torch.nn.utils.clip_grad_norm_(parameters, limit))
    for i, parameter in enumerate(parameters):
        golden.keep(f"{name}/{i}", parameter.grad)
for i, gradient in enumerate(gradients[0]):
    golden.keep(f"clip.value/{i}", gradient.clamp(-0.5, 0.5))


def rates(make, count=40):
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([parameter], lr=1.0)
    schedule = make(optimizer)
    result = []
    for _ in range(count):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return torch.tensor(result, dtype=torch.float64)


def warm_up_cosine(step):
    if step < 10:
        return (step + 1) / 10
    progress = min((step - 10) / 20, 1)
    return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * progress))


SCHEDULES = {
    "step": lambda o: lr_scheduler.StepLR(o, 7, gamma=0.3),
    "linear": lambda o: lr_scheduler.LinearLR(o, 0.5, 0.1, total_iters=20),
    "warmUpCosine": lambda o: lr_scheduler.LambdaLR(o, warm_up_cosine),
}
for name, make in SCHEDULES.items():
    golden.keep(f"schedule.{name}/factors", rates(make))
golden.keep("schedule.cosine/factors", rates(lambda o: lr_scheduler.CosineAnnealingLR(o, 40)))

golden.write(__file__)
