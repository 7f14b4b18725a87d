"""Makes sequence.safetensors: recurrent layers, attention and Transformer blocks with PyTorch,
parameters and their gradients under our names (`NAME/parameters/…`, `NAME/gradients/…`).

    pip install torch==2.13.0        (the CPU build will do)
    python make_sequence_golden.py
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from golden_format import Golden, attention_name, block_name, recurrent_name

golden = Golden()
normal, keep, randomize = golden.normal, golden.module, golden.randomize


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


def attention(name, *inputs, causal=False, mask=None, key_mask=None, bias=True):
    """x, and the memory where it is another; masks are True where a query may look."""
    module = nn.MultiheadAttention(8, 4, bias=bias, batch_first=True)
    randomize(module)

    def run(x, memory=None):
        memory = x if memory is None else memory
        hidden = torch.zeros(x.shape[1], memory.shape[1], dtype=torch.bool)
        if causal:
            hidden = torch.ones_like(hidden).triu(1 + memory.shape[1] - x.shape[1])
        if mask is not None:
            hidden = hidden | ~mask
        padding = None if key_mask is None else ~key_mask
        return [
            module(x, memory, memory, key_padding_mask=padding, attn_mask=hidden,
                   need_weights=False)[0]
        ]

    keep(name, module, attention_name, run, *inputs)
    for key, value in [("mask", mask), ("keyMask", key_mask)]:
        if value is not None:
            golden.keep(f"{name}/{key}", value)


PADDING = torch.tensor([[True, True, True, True, False], [True, True, False, False, False]])
SEEN = torch.rand(4, 5, generator=golden.generator) < 0.6
SEEN[:, 0] = True
attention("multiHead", normal(2, 4, 8))
attention("multiHead.causal", normal(2, 4, 8), causal=True, bias=False)
attention("multiHead.cross", normal(2, 4, 8), normal(2, 5, 8))
attention("multiHead.padding", normal(2, 4, 8), normal(2, 5, 8), key_mask=PADDING)
attention("multiHead.mask", normal(2, 4, 8), normal(2, 5, 8), mask=SEEN, key_mask=PADDING)


class Grouped(nn.Module):
    """Two key and value heads for four of queries."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 8 + 2 * 2 * 2)
        self.projection = nn.Linear(8, 8)

    def forward(self, x):
        q, k, v = self.qkv(x).split([8, 4, 4], 2)
        q, k, v = (p.unflatten(2, (-1, 2)).transpose(1, 2) for p in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.projection(y.transpose(1, 2).flatten(2))


grouped = Grouped()
randomize(grouped)
keep("multiHead.grouped", grouped, str, lambda x: [grouped(x)], normal(2, 5, 8))


def encoder(name, first, activation):
    block = nn.TransformerEncoderLayer(
        8, 2, 16, dropout=0.0, activation=activation, batch_first=True, norm_first=first)
    randomize(block)
    block.train()
    keep(name, block, block_name, lambda x: [block(x, src_key_padding_mask=~PADDING)],
         normal(2, 5, 8))
    golden.keep(f"{name}/keyMask", PADDING)


def decoder(name, first, activation):
    block = nn.TransformerDecoderLayer(
        8, 2, 16, dropout=0.0, activation=activation, batch_first=True, norm_first=first)
    randomize(block)

    def run(x, memory):
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        return [block(x, memory, tgt_mask=mask, memory_key_padding_mask=~PADDING)]

    keep(name, block, block_name, run, normal(2, 4, 8), normal(2, 5, 8))
    golden.keep(f"{name}/keyMask", PADDING)


encoder("encoder.first", True, "relu")
encoder("encoder.behind", False, "gelu")
decoder("decoder.first", True, "relu")
decoder("decoder.behind", False, "gelu")


class SwiGLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.upProjection, self.gate = nn.Linear(6, 10), nn.Linear(6, 10)
        self.downProjection = nn.Linear(10, 6)

    def forward(self, x):
        return self.downProjection(F.silu(self.gate(x)) * self.upProjection(x))


feed = SwiGLU()
randomize(feed)
keep("feedForward.swiGLU", feed, str, lambda x: [feed(x)], normal(2, 3, 6))


def rotary(x):
    """The rotate-half form of Hugging Face's Llama."""
    depth = x.shape[-1]
    frequencies = 10000.0 ** (-torch.arange(0, depth, 2, dtype=torch.float64) / depth)
    angles = torch.outer(torch.arange(x.shape[-2], dtype=torch.float64), frequencies)
    angles = torch.cat([angles, angles], -1).float()
    half = torch.cat([-x[..., depth // 2 :], x[..., : depth // 2]], -1)
    return x * angles.cos() + half * angles.sin()


case = golden.case
case("rotary", rotary, normal(2, 3, 6, 8))
x = torch.tensor([-300.0, -30.0, -5.0, -2.9, -1.0, -1e-3, 1e-3, 0.5, 2.9, 3.5, 30.0, 300.0])
x = torch.cat([x, normal(21) * 3])
case("leakyReLU", lambda x: F.leaky_relu(x, 0.2), x)
case("elu", lambda x: F.elu(x, 1.5), x)
case("hardSwish", F.hardswish, x)
case("mish", F.mish, x)

golden.write(__file__)
