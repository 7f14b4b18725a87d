"""Makes optimizers.safetensors: 20 steps of each further optimizer and 50 of each schedule.

PyTorch's where it has them; Lion, LARS and LAMB by their papers' formulas, in float64.

    pip install torch==2.13.0        (the CPU build will do)
    python make_optimizers_golden.py
"""

import torch
from torch import optim
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from golden_format import Golden

golden = Golden()
normal = golden.normal
STEPS = 20
SHAPES = [(3, 4), (6, 2), (5,)]

start = [normal(*shape) for shape in SHAPES]
gradients = [[normal(*shape) for shape in SHAPES] for _ in range(STEPS)]
for i, x in enumerate(start):
    golden.keep(f"start/{i}", x)
    golden.keep(f"gradients/{i}", torch.stack([g[i] for g in gradients]))


class Formula:
    """An optimizer from a function (p, g, state, t) → p in float64."""

    def __init__(self, parameters, rule):
        self.parameters, self.rule, self.count = parameters, rule, 0
        self.values = [p.detach().double() for p in parameters]
        self.states = [{} for _ in parameters]

    def step(self):
        self.count += 1
        for i, p in enumerate(self.parameters):
            self.values[i] = self.rule(self.values[i], p.grad.double(), self.states[i], self.count)
            p.data = self.values[i].float()


def lion(rate, beta1, beta2, decay):
    def rule(p, g, state, t):
        m = state.get("m", torch.zeros_like(p))
        update = torch.sign(beta1 * m + (1 - beta1) * g)
        state["m"] = beta2 * m + (1 - beta2) * g
        return p - rate * (update + decay * p)
    return rule


def lars(rate, momentum, trust, decay):
    def rule(p, g, state, t):
        local = trust * p.norm() / (g.norm() + decay * p.norm())
        state["v"] = momentum * state.get("v", torch.zeros_like(p)) + rate * local * (g + decay * p)
        return p - state["v"]
    return rule


def lamb(rate, beta1, beta2, epsilon, decay):
    def rule(p, g, state, t):
        state["m"] = beta1 * state.get("m", torch.zeros_like(p)) + (1 - beta1) * g
        state["v"] = beta2 * state.get("v", torch.zeros_like(p)) + (1 - beta2) * g**2
        m, v = state["m"] / (1 - beta1**t), state["v"] / (1 - beta2**t)
        update = m / (v.sqrt() + epsilon) + decay * p
        return p - rate * p.norm() / update.norm() * update
    return rule


class MuonAndAdamW:
    """Muon for the matrices, its iterations in float32 as Fledge's (PyTorch's are in bfloat16)."""

    def __init__(self, parameters, single=True, **options):
        self.single = single
        self.muon = optim.Muon(parameters[:2], lr=0.05, weight_decay=0.2, **options)
        self.other = optim.AdamW(parameters[2:], lr=0.01, weight_decay=0.2)

    def step(self):
        original = torch.Tensor.bfloat16
        if self.single:
            torch.Tensor.bfloat16 = lambda x: x.clone()
        self.muon.step()
        torch.Tensor.bfloat16 = original
        self.other.step()


OPTIMIZERS = {
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.02),
    "rmsprop.momentum": lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.8, weight_decay=0.1),
    "rmsprop.centered": lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-3, centered=True),
    "rmsprop.both": lambda p: optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-3, momentum=0.5, centered=True),
    "adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "adagrad.decay": lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.2, weight_decay=0.1, initial_accumulator_value=0.3),
    "adadelta": lambda p: optim.Adadelta(p),
    "adadelta.decay": lambda p: optim.Adadelta(p, lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.2),
    "sgd.dampened": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.4, weight_decay=0.05),
    "adam.amsgrad": lambda p: optim.Adam(p, lr=0.02, betas=(0.8, 0.9), weight_decay=0.3, amsgrad=True),
    "adamw.amsgrad": lambda p: optim.AdamW(p, lr=0.02, betas=(0.8, 0.9), weight_decay=0.3, amsgrad=True),
    "radam": lambda p: optim.RAdam(p, lr=0.02),
    "radam.decay": lambda p: optim.RAdam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.3),
    "radam.decoupled": lambda p: optim.RAdam(p, lr=0.02, weight_decay=0.3, decoupled_weight_decay=True),
    "adamax": lambda p: optim.Adamax(p, lr=0.02),
    "adamax.decay": lambda p: optim.Adamax(p, lr=0.02, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.3),
    "adafactor": lambda p: optim.Adafactor(p, lr=0.5),
    "adafactor.decay": lambda p: optim.Adafactor(
        p, lr=0.1, beta2_decay=-0.5, eps=(1e-3, 0.1), d=1.5, weight_decay=0.3),
    "maximize.sgd": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05, maximize=True),
    "maximize.adamw": lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.3, maximize=True),
    "maximize.rmsprop": lambda p: optim.RMSprop(p, lr=0.02, weight_decay=0.1, maximize=True),
    "maximize.adafactor": lambda p: optim.Adafactor(p, lr=0.1, weight_decay=0.3, maximize=True),
    "nadam": lambda p: optim.NAdam(p, lr=0.02),
    "nadam.decay": lambda p: optim.NAdam(p, lr=0.02, betas=(0.8, 0.95), momentum_decay=0.01, weight_decay=0.3),
    "nadam.decoupled": lambda p: optim.NAdam(p, lr=0.02, weight_decay=0.3, decoupled_weight_decay=True),
    "muon": lambda p: MuonAndAdamW(p),
    "muon.plain": lambda p: MuonAndAdamW(p, nesterov=False, momentum=0.8, ns_steps=3),
    "muon.bfloat16": lambda p: MuonAndAdamW(p, single=False),
    "lion": lambda p: Formula(p, lion(0.02, 0.9, 0.99, 0)),
    "lion.decay": lambda p: Formula(p, lion(0.02, 0.8, 0.95, 0.5)),
    "lars": lambda p: Formula(p, lars(0.5, 0.9, 0.01, 0)),
    "lars.decay": lambda p: Formula(p, lars(0.5, 0.8, 0.02, 0.1)),
    "lamb": lambda p: Formula(p, lamb(0.02, 0.9, 0.999, 1e-6, 0)),
    "lamb.decay": lambda p: Formula(p, lamb(0.02, 0.8, 0.95, 1e-3, 0.3)),
}
for name, make in OPTIMIZERS.items():
    golden.trajectory(name, make, start, gradients)

# The average of the weights that the gradients themselves are.
model = torch.nn.ParameterList([torch.nn.Parameter(x.clone()) for x in start])
average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
average.update_parameters(model)
for step in range(STEPS):
    for parameter, gradient in zip(model, gradients[step]):
        parameter.data = gradient.clone()
    average.update_parameters(model)
for i, parameter in enumerate(average.module):
    golden.keep(f"average/{i}", parameter)


def rates(make, count=50, metrics=None):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(optimizer)
    result = []
    for step in range(count):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step() if metrics is None else schedule.step(float(metrics[step]))
    return torch.tensor(result, dtype=torch.float64)


S = lr_scheduler
SCHEDULES = {
    "multiStep": lambda o: S.MultiStepLR(o, [5, 20, 21], gamma=0.3),
    "exponential": lambda o: S.ExponentialLR(o, 0.93),
    "polynomial": lambda o: S.PolynomialLR(o, total_iters=40, power=1.7),
    "oneCycle": lambda o: S.OneCycleLR(o, max_lr=1.0, total_steps=51),
    "oneCycle.linear": lambda o: S.OneCycleLR(
        o, max_lr=1.0, total_steps=51, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100),
    "restarts": lambda o: S.CosineAnnealingWarmRestarts(o, 7, eta_min=0.1),
    "restarts.growing": lambda o: S.CosineAnnealingWarmRestarts(o, 3, T_mult=2),
    "cyclic": lambda o: S.CyclicLR(o, 0.1, 1.0, step_size_up=4, cycle_momentum=False),
    "cyclic.halving": lambda o: S.CyclicLR(
        o, 0.2, 1.0, step_size_up=4, step_size_down=7, mode="triangular2", cycle_momentum=False),
    "cyclic.exponential": lambda o: S.CyclicLR(
        o, 0.1, 1.0, step_size_up=6, step_size_down=3, mode="exp_range", gamma=0.95, cycle_momentum=False),
    "chained": lambda o: S.ChainedScheduler([S.LinearLR(o, 0.1, 1.0, total_iters=10), S.ExponentialLR(o, 0.95)]),
    "sequential": lambda o: S.SequentialLR(
        o, [S.LinearLR(o, 0.1, 1.0, total_iters=5), S.ExponentialLR(o, 0.9), S.CosineAnnealingLR(o, 30)], milestones=[5, 20]),
}
for name, make in SCHEDULES.items():
    golden.keep(f"schedule.{name}/factors", rates(make))

# A loss that falls, stays and jitters.
metrics = torch.tensor([max(1 - 0.1 * t, 0.35) + 0.01 * ((7 * t) % 5 == 0) for t in range(50)], dtype=torch.float64)
PLATEAUS = {
    "lowest": lambda o: S.ReduceLROnPlateau(o, factor=0.5, patience=3),
    "cooldown": lambda o: S.ReduceLROnPlateau(o, factor=0.3, patience=2, cooldown=4, threshold=0.02, min_lr=0.01),
    "highest": lambda o: S.ReduceLROnPlateau(o, mode="max", factor=0.5, patience=5),
}
for name, make in PLATEAUS.items():
    golden.keep(f"plateau.{name}/metrics", metrics)
    golden.keep(f"plateau.{name}/factors", rates(make, metrics=metrics))

golden.write(__file__)
