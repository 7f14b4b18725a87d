"""Makes core.safetensors: operations of FledgeCore as PyTorch computes them.

    pip install torch==2.13.0        (the CPU build will do)
    python make_core_golden.py
"""

import torch
import torch.nn.functional as F

from golden_format import Golden

golden = Golden()
case, normal = golden.case, golden.normal
inf, nan = float("inf"), float("nan")


def integers(*values):
    return torch.tensor(values)


# MARK: Elementwise, with points where a definition could differ

SPECIAL = torch.tensor([0.0, -0.0, 1.0, -1.0, 1e-30, -1e-30, 88.0, -88.0, 1e30, -1e30, inf, -inf, nan])
UNARY = {
    "abs": torch.abs, "ceil": torch.ceil, "cos": torch.cos, "erf": torch.erf, "exp": torch.exp,
    "expm1": torch.expm1, "floor": torch.floor, "log": torch.log, "log1p": torch.log1p,
    "negate": torch.neg, "reciprocal": torch.reciprocal, "relu": torch.relu,
    "round": torch.round, "rsqrt": torch.rsqrt, "sigmoid": torch.sigmoid, "sign": torch.sign,
    "silu": F.silu, "sin": torch.sin, "softplus": F.softplus, "sqrt": torch.sqrt,
    "square": torch.square, "tanh": torch.tanh,
    "gelu": lambda x: F.gelu(x, approximate="tanh"), "geluExact": F.gelu,
    "clamp": lambda x: x.clamp(-0.5, 0.75), "powTwoAndAHalf": lambda x: x.pow(2.5),
    "powThree": lambda x: x.pow(3), "twoToThe": lambda x: 2**x,
}
POSITIVE = {"log", "log1p", "rsqrt", "sqrt", "powTwoAndAHalf"}
# What is left out of SPECIAL: sines of 1e30, whose digits are all the argument reduction's; and
# where we differ on purpose (docs/design/decisions.md).
LARGE_ARGUMENTS = {"sin", "cos"}
LIMIT_AT_MINUS_INFINITY = {"silu", "gelu", "geluExact"}
for name, function in UNARY.items():
    x = normal(3, 7) * 2
    case(name, function, x.abs() + 0.1 if name in POSITIVE else x)
    special = SPECIAL[:6] if name in LARGE_ARGUMENTS else SPECIAL
    if name in LIMIT_AT_MINUS_INFINITY:
        special = SPECIAL[SPECIAL != -inf]
    if name == "sign":
        special = SPECIAL[:-1]  # NaN
    case(f"{name}.special", function, special, differentiable=False)
    double = normal(5, dtype=torch.float64)
    case(f"{name}.double", function, double.abs() + 0.1 if name in POSITIVE else double)
case("clamp.ends", lambda x: x.clamp(-0.5, 0.75), torch.tensor([-0.5, 0.75, -0.6, 0.0, 0.8]))
case("abs.zero", torch.abs, torch.tensor([0.0, -0.0, 2.0, -2.0]))
case("relu.zero", torch.relu, torch.tensor([0.0, -0.0, 2.0, -2.0]))
case("round.ties", torch.round, torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.4999999]))
BINARY = {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
    "maximum": torch.maximum, "minimum": torch.minimum,
}
for name, function in BINARY.items():
    case(name, function, normal(4, 5), normal(4, 5))
    case(f"{name}.broadcast", function, normal(2, 1, 3), normal(4, 1))
    a, b = torch.meshgrid(SPECIAL, SPECIAL, indexing="ij")
    case(f"{name}.special", function, a, b, differentiable=False)
case("maximum.ties", torch.maximum, torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 5.0, 3.0]))
case("minimum.ties", torch.minimum, torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 5.0, 3.0]))
case("pow", torch.pow, normal(3, 4).abs() + 0.2, normal(3, 4))
case("pow.zero", torch.pow, torch.tensor([0.0, 0.0, 2.0]), torch.tensor([2.0, 1.0, 0.0]))
case("pow.negative", lambda x: x.pow(2), torch.tensor([-2.0, -0.5, 0.0]))
for name in ("lt", "le", "gt", "ge", "eq", "ne"):
    a, b = torch.meshgrid(SPECIAL, SPECIAL, indexing="ij")
    case(name, getattr(torch, name), a, b)
mask = normal(3, 4) > 0
case("where", torch.where, mask, normal(3, 4), normal(4))
case("masked", lambda x, m: x.masked_fill(m, -7.0), normal(3, 4), mask)

# MARK: Reductions

AXES = {"all": (0, 1, 2), "first": (0,), "middle": (1,), "last": (2,), "outer": (0, 2)}
REDUCTIONS = {
    "sum": lambda x, d: x.sum(d), "mean": lambda x, d: x.mean(d),
    "variance": lambda x, d: x.var(d), "variance0": lambda x, d: x.var(d, correction=0),
    "std": lambda x, d: x.std(d), "max": lambda x, d: x.amax(d), "min": lambda x, d: x.amin(d),
    "logSumExp": lambda x, d: torch.logsumexp(x, d),
    "norm1": lambda x, d: torch.linalg.vector_norm(x, 1, d),
    "norm2": lambda x, d: torch.linalg.vector_norm(x, 2, d),
    "norm3": lambda x, d: torch.linalg.vector_norm(x, 3, d),
    "normInfinity": lambda x, d: torch.linalg.vector_norm(x, inf, d),
}
for name, function in REDUCTIONS.items():
    for label, axes in AXES.items():
        case(f"{name}.{label}", lambda x: function(x, axes), normal(3, 4, 5))
for axis in range(3):
    case(f"prod.{axis}", lambda x: x.prod(axis), normal(3, 4, 5))
    case(f"cumulativeSum.{axis}", lambda x: x.cumsum(axis), normal(3, 4, 5))
    case(f"argmax.{axis}", lambda x: x.argmax(axis), normal(3, 4, 5))
    case(f"argmin.{axis}", lambda x: x.argmin(axis), normal(3, 4, 5))
case("prod.zeros", lambda x: x.prod(1), torch.tensor([[2.0, 0.0, 3.0], [0.0, 0.0, 4.0], [1.0, 2.0, 3.0]]))
case("max.ties", lambda x: x.amax(1), torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]))
case("min.ties", lambda x: x.amin(0), torch.tensor([[1.0, 3.0, 3.0], [1.0, 2.0, 3.0]]))
case("argmax.ties", lambda x: x.argmax(1), torch.tensor([[1.0, 3.0, 3.0], [nan, 2.0, nan]]))
case("max.nan", lambda x: x.amax(1), torch.tensor([[1.0, nan, 3.0], [2.0, 1.0, 0.0]]), differentiable=False)
case("logSumExp.infinite", lambda x: torch.logsumexp(x, 1), torch.tensor([[-inf, -inf], [inf, 1.0], [-inf, 2.0]]), differentiable=False)
case("any", lambda x: x.any(1), mask)
case("all", lambda x: x.all(1), mask)
case("sum.integers", lambda x: x.sum(0), torch.arange(-3, 9, dtype=torch.int32).view(3, 4))
case("sum.bools", lambda x: x.sum(1), mask)

# MARK: Shapes and indices

x = normal(4, 5, 6)
case("permute", lambda x: x.permute(2, 0, 1), x)
case("reshape", lambda x: x.transpose(0, 1).reshape(10, 12), x)
case("slice", lambda x: x[1:3, ::2, 4], x)
case("slice.ellipsis", lambda x: x[..., None, 2:], x)
case("slice.backwards", lambda x: x.flip(1)[:, ::2], x)
case("flip", lambda x: x.flip(2), x)
case("expand", lambda x: x.expand(3, 4, 2), normal(4, 1))
case("split", lambda x: x.split([1, 3, 2], 2), x)
case("concatenate", lambda a, b: torch.cat([a, b], 1), normal(2, 3), normal(2, 1))
case("stack", lambda a, b: torch.stack([a, b], 1), normal(2, 3), normal(2, 3))
case("pad", lambda x: F.pad(x, (1, 0, 2, 3), value=1.5), normal(2, 3))
case("tile", lambda x: x.tile(2, 3), normal(2, 2))
case("repeat", lambda x: x.repeat_interleave(3, 1), normal(2, 2))
case("lowerTriangle", lambda x: x.tril(1), normal(4, 4))
case("index.mask", lambda x, m: x[m], normal(3, 4), mask)
case("index.integers", lambda x, i: x[i], normal(5, 3), integers(4, 0, 0, 2))
case("take", lambda x, i: x.index_select(1, i), normal(3, 5), integers(4, 0, 0, 2))
case("embedding", lambda x, i: F.embedding(i, x), normal(5, 3), torch.tensor([[4, 0], [0, 2]]))
case("gather", lambda x, i: x.gather(1, i), normal(3, 5), torch.randint(0, 5, (3, 4), generator=golden.generator))
case("scatterAdd", lambda x, i, s: x.scatter_add(1, i, s), normal(3, 5), torch.randint(0, 5, (3, 4), generator=golden.generator), normal(3, 4))
ties = torch.tensor([[3.0, 1.0, 2.0, 1.0], [0.0, -1.0, 5.0, 5.0]])
case("sort", lambda x: torch.sort(x, dim=1, stable=True), normal(3, 7))
case("sort.ties", lambda x: torch.sort(x, dim=1, stable=True), ties)
case("sort.descending", lambda x: torch.sort(x, dim=1, descending=True, stable=True), ties)
case("sort.firstAxis", lambda x: torch.sort(x, dim=0, stable=True), normal(5, 3))
case("topK", lambda x: torch.topk(x, 3, 1), normal(3, 7))
case("topK.smallest", lambda x: torch.topk(x, 2, 1, largest=False), normal(3, 7))

# MARK: Products

for name, a, b in [
    ("vectors", (5,), (5,)), ("matrixVector", (3, 5), (5,)), ("vectorMatrix", (5,), (5, 3)),
    ("matrices", (3, 5), (5, 4)), ("batch", (2, 3, 5), (2, 5, 4)),
    ("batchMatrix", (2, 3, 5), (5, 4)), ("broadcast", (2, 1, 3, 5), (3, 5, 4)), ("large", (37, 65), (65, 33)),
]:
    case(f"matmul.{name}", torch.matmul, normal(*a), normal(*b))
for name, equation, *shapes in [
    ("matmul", "ij,jk->ik", (2, 3), (3, 4)), ("batch", "bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("implicit", "ij,jk", (2, 3), (3, 4)), ("outer", "i,j->ij", (3,), (4,)),
    ("inner", "i,i->", (4,), (4,)), ("transpose", "ijk->kij", (2, 3, 4)),
    ("sum", "ijk->j", (2, 3, 4)), ("attention", "bthd,bshd->bhts", (2, 3, 2, 4), (2, 5, 2, 4)),
    ("three", "ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("hadamard", "ij,ij->ij", (2, 3), (2, 3)),
    ("contractTwo", "abc,bcd->ad", (2, 3, 4), (3, 4, 2)),
]:
    case(f"einsum.{name}", lambda *x: torch.einsum(equation, *x), *[normal(*s) for s in shapes])

# MARK: Fused

case("softmax", lambda x: x.softmax(-1), normal(3, 7))
case("softmax.middle", lambda x: x.softmax(1), normal(2, 5, 3))
case("softmax.large", lambda x: x.softmax(-1), torch.tensor([[1000.0, 1000.0], [-1000.0, 0.0]]))
case("logSoftmax", lambda x: x.log_softmax(-1), normal(3, 7) * 5)
case("layerNorm", lambda x: F.layer_norm(x, (6,)), normal(3, 6))
case("layerNorm.affine", lambda x, w, b: F.layer_norm(x, (6,), w, b, 1e-3), normal(2, 3, 6), normal(6), normal(6))
targets = integers(2, 0, 6, 3)
case("crossEntropy", lambda x, t: F.cross_entropy(x, t, reduction="none"), normal(4, 7), targets)
case("crossEntropy.smoothed", lambda x, t: F.cross_entropy(x, t, reduction="none", label_smoothing=0.1), normal(4, 7), targets)
case("crossEntropy.ignored", lambda x, t: F.cross_entropy(x, t, reduction="none", ignore_index=3), normal(4, 7), targets)
heads = [normal(2, 3, 5, 4) for _ in range(3)]
case("attention", F.scaled_dot_product_attention, *heads)
case("attention.causal", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), *heads)
case("attention.scaled", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, scale=0.3), *heads)
case("attention.masked", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m), *heads, normal(5, 5))
case("attention.longKeys", F.scaled_dot_product_attention, normal(1, 3, 4), normal(1, 9, 4), normal(1, 9, 4))

# MARK: Element types

TYPES = ["float32", "float64", "float16", "bfloat16", "int8", "uint8", "int32", "int64", "bool"]


def promoted(a, b):
    """The position in TYPES; −1 for int16."""
    name = str(torch.promote_types(getattr(torch, a), getattr(torch, b)))[6:]
    return TYPES.index(name) if name in TYPES else -1


table = [[promoted(a, b) for b in TYPES] for a in TYPES]
golden.keep("promotion/table", torch.tensor(table))
HARD = torch.tensor([
    0.0, -0.0, 1.0, 1.00048828125, 1.000732421875, 1.00146484375, 2049.0, 2051.0, 65504.0, 65519.0,
    65520.0, 1e30, -1e30, 6.1e-5, 5.96e-8, 2.98e-8, 2.9802322387695312e-8, 2.99e-8, 8.940696716308594e-8,
    1e-10, 1.00390625, 1.01171875, 3.3895313892515355e38, 3.4e38, inf, -inf, nan, 9.2e-41, 4.6e-41,
])
for dtype in (torch.float16, torch.bfloat16):
    case(f"round.{str(dtype)[6:]}", lambda x: x.to(dtype).to(torch.float32), HARD, differentiable=False)

golden.write(__file__)
