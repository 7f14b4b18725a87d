"""Makes probability_targets.safetensors: cross-entropies with distributions as targets, with PyTorch.

    pip install torch==2.13.0        (the CPU build will do)
    python make_probability_targets_golden.py
"""

import torch
import torch.nn.functional as F

from golden_format import Golden

golden = Golden()
normal, case = golden.normal, golden.case

cross = F.cross_entropy
distribution = lambda: normal(4, 5).softmax(-1)
weights = lambda: torch.tensor([0.5, 1.0, 2.0, 0.25, 3.0])

case("mean", cross, normal(4, 5), distribution())
case("sum", lambda x, t: cross(x, t, reduction="sum"), normal(4, 5), distribution())
case("none", lambda x, t: cross(x, t, reduction="none"), normal(4, 5), distribution())
case("smoothed", lambda x, t: cross(x, t, label_smoothing=0.2), normal(4, 5), distribution())
case("weights", lambda x, t, w: cross(x, t, weight=w.detach()), normal(4, 5), distribution(), weights())
case("both", lambda x, t, w: cross(x, t, weight=w.detach(), label_smoothing=0.2, reduction="none"),
     normal(4, 5), distribution(), weights())
# The classes are PyTorch's second axis, Fledge's last.
case("axes", lambda x, t: cross(x.movedim(-1, 1), t.movedim(-1, 1)), normal(2, 3, 5), normal(2, 3, 5).softmax(-1))
case("oneHot", lambda x, t: cross(x, t.detach()), normal(3, 4), torch.eye(4)[[1, 3, 0]])

golden.write(__file__)
