"""Makes layers.safetensors: layers, losses and a small GPT with PyTorch, parameters and their
gradients under our names (`NAME/parameters/…`, `NAME/gradients/…`).

    pip install torch==2.13.0        (the CPU build will do)
    python make_layers_golden.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from golden_format import Golden

golden = Golden()
normal = golden.normal


def layer(name, module, *inputs, prefix=""):
    """Keeps a module's parameters, then its output and all gradients."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(normal(*parameter.shape) * 0.5)
    inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    y = module(*inputs)
    dy = normal(*y.shape)
    y.backward(dy)
    for i, x in enumerate(inputs):
        golden.keep(f"{name}/x{i}", x)
        if x.is_floating_point():
            golden.keep(f"{name}/dx{i}", x.grad)
    golden.keep(f"{name}/y0", y)
    golden.keep(f"{name}/dy0", dy)
    for key, parameter in module.named_parameters():
        golden.keep(f"{name}/parameters/{prefix}{key}", parameter)
        golden.keep(f"{name}/gradients/{prefix}{key}", parameter.grad)


class Attention(nn.Module):
    def __init__(self, channels, heads, causal, bias):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.qkv = nn.Linear(channels, 3 * channels, bias)
        self.projection = nn.Linear(channels, channels, bias)

    def forward(self, x):
        batch, time, channels = x.shape
        parts = self.qkv(x).split(channels, 2)
        q, k, v = (p.view(batch, time, self.heads, -1).transpose(1, 2) for p in parts)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.projection(y.transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, channels, heads, causal, bias):
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, bias=bias)
        self.attention = Attention(channels, heads, causal, bias)
        self.norm2 = nn.LayerNorm(channels, bias=bias)
        self.upProjection = nn.Linear(channels, 4 * channels, bias)
        self.downProjection = nn.Linear(4 * channels, channels, bias)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.downProjection(F.gelu(self.upProjection(self.norm2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.tokenEmbedding = nn.Embedding(11, 16)
        self.positionEmbedding = nn.Embedding(8, 16)
        self.blocks = nn.ModuleList(Block(16, 2, True, bias) for _ in range(2))
        self.norm = nn.LayerNorm(16, bias=bias)

    def forward(self, tokens):
        x = self.tokenEmbedding(tokens) + self.positionEmbedding.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokenEmbedding.weight)


layer("linear", nn.Linear(5, 3), normal(4, 5))
layer("linear.rows", nn.Linear(5, 3), normal(2, 4, 5))
layer("linear.plain", nn.Linear(5, 3, bias=False), normal(4, 5))
layer("embedding", nn.Embedding(7, 3), torch.tensor([[1, 6, 1], [0, 2, 2]]))
layer("layerNorm", nn.LayerNorm(6), normal(2, 4, 6))
layer("layerNorm.plain", nn.LayerNorm(6, bias=False, eps=1e-2), normal(4, 6))
layer("attention", Attention(8, 2, False, True), normal(2, 5, 8))
layer("attention.causal", Attention(8, 4, True, False), normal(2, 5, 8))
layer("block", Block(8, 2, True, True), normal(2, 5, 8))
layer("block.plain", Block(8, 2, False, False), normal(2, 5, 8))
layer(
    "sequential", nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2)),
    normal(4, 5), prefix="layers.",
)
tokens = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5, 8, 9, 7, 9, 3]])
layer("gpt", GPT(True), tokens)
layer("gpt.plain", GPT(False), tokens[:, :5])

case = golden.case
case("mse", F.mse_loss, normal(3, 4), normal(3, 4))
case("bce", F.binary_cross_entropy_with_logits, normal(3, 4) * 3, normal(3, 4).sigmoid())
case("bce.large", F.binary_cross_entropy_with_logits, torch.tensor([100.0, -100.0, 0.0]), torch.tensor([0.0, 1.0, 1.0]))
targets = torch.tensor([[2, 0, 6], [3, 3, 1]])
flat = lambda loss: lambda x, t: loss(x.reshape(-1, 7), t.reshape(-1))
case("crossEntropy", flat(F.cross_entropy), normal(2, 3, 7), targets)
case("crossEntropy.ignored", flat(lambda x, t: F.cross_entropy(x, t, ignore_index=3)), normal(2, 3, 7), targets)
case("crossEntropy.both", flat(lambda x, t: F.cross_entropy(x, t, ignore_index=3, label_smoothing=0.1)), normal(2, 3, 7), targets)

golden.write(__file__)
