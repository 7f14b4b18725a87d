"""Makes sequence.safetensors: recurrent layers, attention and Transformer blocks with PyTorch,
parameters and their gradients under our names (`NAME/parameters/…`, `NAME/gradients/…`).

    pip install torch==2.13.0        (the CPU build will do)
    python make_sequence_golden.py
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from golden_format import Golden

golden = Golden()
normal = golden.normal


def keep(name, module, names, function, *inputs):
    """Keeps a module's parameters, inputs, outputs and all gradients."""
    inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    outputs = function(*inputs)
    gradients = [normal(*y.shape) for y in outputs]
    torch.autograd.backward(outputs, gradients)
    for i, x in enumerate(inputs):
        golden.keep(f"{name}/x{i}", x)
        if x.is_floating_point():
            golden.keep(f"{name}/dx{i}", x.grad)
    for i, (y, dy) in enumerate(zip(outputs, gradients)):
        golden.keep(f"{name}/y{i}", y)
        golden.keep(f"{name}/dy{i}", dy)
    for key, parameter in module.named_parameters():
        golden.keep(f"{name}/parameters/{names(key)}", parameter)
        golden.keep(f"{name}/gradients/{names(key)}", parameter.grad)


def randomize(module):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(normal(*parameter.shape) * 0.5)


def recurrent_name(key):
    """weight_ih_l0_reverse → backward.0.inputWeight"""
    kind, side, layer = key.removesuffix("_reverse").split("_")
    direction = "backward" if key.endswith("_reverse") else "forward"
    ours = {"ih": "input", "hh": "recurrent"}[side] + kind.capitalize()
    return f"{direction}.{layer[1:]}.{ours}"


def recurrent(name, module, time=5, batch=3, state=False, lengths=None):
    """Outputs: y, h (and c of an LSTM)."""
    randomize(module)
    is_lstm = isinstance(module, nn.LSTM)
    count = module.num_layers * (2 if module.bidirectional else 1)
    x = normal(batch, time, 4) if module.batch_first else normal(time, batch, 4)
    states = [normal(count, batch, 3) for _ in range(2 if is_lstm else 1)] if state else []

    def run(x, *states):
        given = (states if is_lstm else states[0]) if states else None
        if lengths:
            x = pack_padded_sequence(x, lengths, module.batch_first, enforce_sorted=False)
        y, last = module(x, given)
        if lengths:
            y, _ = pad_packed_sequence(y, module.batch_first, total_length=time)
        return [y, *last] if is_lstm else [y, last]

    keep(name, module, recurrent_name, run, x, *states)


LENGTHS = [2, 5, 1]
for kind, name in [(nn.LSTM, "lstm"), (nn.GRU, "gru"), (nn.RNN, "rnn")]:
    recurrent(name, kind(4, 3))
    recurrent(f"{name}.state", kind(4, 3), state=True)
    recurrent(f"{name}.plain", kind(4, 3, bias=False, batch_first=True))
    recurrent(f"{name}.deep", kind(4, 3, num_layers=2, bidirectional=True), state=True)
    recurrent(
        f"{name}.lengths", kind(4, 3, num_layers=2, bidirectional=True), state=True,
        lengths=LENGTHS)
recurrent("rnn.relu", nn.RNN(4, 3, nonlinearity="relu"), state=True)

golden.write(__file__)
