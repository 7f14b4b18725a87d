"""Makes further_optimizers.safetensors: steps of L-BFGS on two functions, in float64.

    pip install torch==2.13.0        (the CPU build will do)
    python make_further_optimizers_golden.py
"""

import torch
from torch import optim

from golden_format import Golden

golden = Golden()
STEPS = 4

start = [golden.normal(2, 3, dtype=torch.float64), golden.normal(4, dtype=torch.float64)]
for i, x in enumerate(start):
    golden.keep(f"start/{i}", x)


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def quartic(x):
    return (torch.arange(1.0, 11.0, dtype=torch.float64) * x**2 / 2 + x**4 / 4).sum()


CASES = {
    "wolfe": (rosenbrock, dict(max_iter=5, line_search_fn="strong_wolfe")),
    "wolfe.short": (rosenbrock, dict(lr=0.5, max_iter=7, max_eval=6, history_size=2, line_search_fn="strong_wolfe")),
    "fixed": (quartic, dict(lr=0.5, max_iter=4)),
    "fixed.short": (quartic, dict(lr=0.8, max_iter=6, history_size=2)),
}
for name, (function, options) in CASES.items():
    parameters = [x.clone().requires_grad_() for x in start]
    optimizer = optim.LBFGS(parameters, **options)

    def closure():
        optimizer.zero_grad()
        loss = function(torch.cat([p.flatten() for p in parameters]))
        loss.backward()
        return loss

    losses = []
    for step in range(STEPS):
        losses.append(optimizer.step(closure).detach())
        for i, parameter in enumerate(parameters):
            golden.keep(f"{name}/{step}/{i}", parameter)
    golden.keep(f"{name}/losses", torch.stack(losses))

golden.write(__file__)
