#!/usr/bin/env python3
"""The workloads of Benchmarks/bench in PyTorch: same names, same work, same JSON.

    pytorch.py [--filter NAMES] [--threads N] [--seconds S] [--mode eager|compile]
               [--paced | --first-step]
"""

import measuring
import torch
import torch.nn.functional as F
from torch import nn

MODE = "eager"


def fast(function):
    """The function as the mode wants it."""
    return torch.compile(function) if MODE == "compile" else function


# MARK: Models


class Block(nn.Module):
    def __init__(self, channels, heads, bias):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(channels, bias=bias)
        self.qkv = nn.Linear(channels, 3 * channels, bias=bias)
        self.projection = nn.Linear(channels, channels, bias=bias)
        self.norm2 = nn.LayerNorm(channels, bias=bias)
        self.upProjection = nn.Linear(channels, 4 * channels, bias=bias)
        self.downProjection = nn.Linear(4 * channels, channels, bias=bias)

    def forward(self, x):
        batch, time_, channels = x.shape
        q, k, v = self.qkv(self.norm1(x)).split(channels, dim=2)
        q, k, v = (
            t.view(batch, time_, self.heads, channels // self.heads).transpose(1, 2)
            for t in (q, k, v)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(y.transpose(1, 2).reshape(batch, time_, channels))
        hidden = F.gelu(self.upProjection(self.norm2(x)), approximate="tanh")
        return x + self.downProjection(hidden)


class GPT(nn.Module):
    def __init__(self, vocabulary, context, layers=4, heads=4, channels=128, bias=True):
        super().__init__()
        self.token = nn.Embedding(vocabulary, channels)
        self.position = nn.Embedding(context, channels)
        self.blocks = nn.ModuleList(Block(channels, heads, bias) for _ in range(layers))
        self.norm = nn.LayerNorm(channels, bias=bias)
        for parameter in self.parameters():
            if parameter.dim() >= 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens):
        x = self.token(tokens) + self.position.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.token.weight)


class LSTMWork(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, 256)

    def forward(self, x):
        return self.lstm(x)[0].sum()


def mlp(*sizes):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


# MARK: Workloads: each makes its inputs and returns one run.


def tiny_ops():
    x, w = torch.randn(4, 4, requires_grad=True), torch.randn(4, 4, requires_grad=True)
    b = torch.randn(4, requires_grad=True)
    forward = fast(lambda x, w, b: (torch.tanh(x @ w + b) * x).sum())

    def run():
        x.grad = w.grad = b.grad = None
        forward(x, w, b).backward()

    return run


def step(model, loss, optimizer, clip=None):
    loss = fast(loss)

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()

    return run


def mlp_tiny():
    model = mlp(2, 16, 16, 1)
    x, y = torch.randn(32, 2), torch.randn(32, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    return step(model, lambda: F.mse_loss(model(x), y), optimizer)


def mlp_mnist():
    model = mlp(784, 256, 128, 10)
    x, labels = torch.rand(64, 784), torch.arange(64) % 10
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    return step(model, lambda: F.cross_entropy(model(x), labels), optimizer)


def cnn_mnist():
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )
    x, labels = torch.rand(64, 1, 28, 28), torch.arange(64) % 10
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    return step(model, lambda: F.cross_entropy(model(x), labels), optimizer)


def lstm():
    model = LSTMWork()
    x = torch.randn(35, 20, 128, requires_grad=True)
    forward = fast(lambda: model(x))

    def run():
        model.zero_grad(set_to_none=True)
        x.grad = None
        forward().backward()

    return run


def gpt(batch, **configuration):
    def prepare():
        model = GPT(**configuration)
        matrices = [p for p in model.parameters() if p.dim() >= 2]
        others = [p for p in model.parameters() if p.dim() < 2]
        optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": 0.1},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=1e-3, betas=(0.9, 0.99), fused=True,
        )
        vocabulary, context = configuration["vocabulary"], configuration["context"]
        tokens = torch.arange(batch * context + 1) * 7919 % vocabulary
        inputs, targets = tokens[:-1].view(batch, context), tokens[1:]

        def loss():
            return F.cross_entropy(model(inputs).view(-1, vocabulary), targets)

        return step(model, loss, optimizer, clip=1.0)

    return prepare


def operation(function, *shapes):
    def prepare():
        inputs = [torch.randn(*shape) for shape in shapes]
        compiled = fast(function)

        def run():
            with torch.no_grad():
                compiled(*inputs)

        return run

    return prepare


def attention_long():
    leaves = [torch.randn(1, 1, 2048, 64, requires_grad=True) for _ in range(3)]
    dy = torch.randn(1, 1, 2048, 64)
    forward = fast(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True))

    def run():
        for leaf in leaves:
            leaf.grad = None
        forward(*leaves).backward(dy)

    return run


FLOATS = (1 << 20,)
ROWS = (768, 1024)
WORKLOADS = {
    "tiny-ops": tiny_ops,
    "mlp-tiny": mlp_tiny,
    "mlp-mnist": mlp_mnist,
    "cnn-mnist": cnn_mnist,
    "lstm": lstm,
    "gpt-char": gpt(12, vocabulary=65, context=64, bias=False),
    "gpt-mid": gpt(8, vocabulary=256, context=128, channels=256, bias=False),
    "gpt2-124m": gpt(4, vocabulary=50257, context=64, layers=12, heads=12, channels=768),
    "gelu": operation(lambda x: F.gelu(x, approximate="tanh"), FLOATS),
    "softmax": operation(lambda x: torch.softmax(x, -1), ROWS),
    "layernorm": operation(
        lambda x, weight, bias: F.layer_norm(x, (1024,), weight, bias), ROWS, (1024,), (1024,)
    ),
    "exp": operation(torch.exp, FLOATS),
    "add": operation(torch.add, FLOATS, FLOATS),
    "sum": operation(torch.sum, FLOATS),
    "attention-long": attention_long,
}
for m, k, n in [(s, s, s) for s in (64, 256, 512, 1024, 2048)] + [
    (768, 512, 128), (768, 128, 512), (256, 2304, 768), (256, 768, 3072), (1, 3072, 768),
]:
    name = f"sgemm-{m}" if m == k == n else f"sgemm-{m}x{k}x{n}"
    WORKLOADS[name] = operation(torch.matmul, (m, k), (k, n))


def main():
    global MODE
    parser = measuring.parser(__doc__.splitlines()[0])
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    options = parser.parse_args()
    MODE = options.mode
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    measuring.measure(WORKLOADS, options, torch.get_num_threads())


if __name__ == "__main__":
    main()
