"""Makes operations.safetensors: further operations of FledgeCore as PyTorch computes them.

    pip install torch==2.13.0        (the CPU build will do)
    python make_operations_golden.py
"""

import torch

from golden_format import Golden

golden = Golden()
case, normal = golden.case, golden.normal
inf, nan = float("inf"), float("nan")


def integers(*values):
    return torch.tensor(values)


# MARK: Several tensors of indices

table, cube = normal(4, 5), normal(3, 4, 2)
case("index.labels", lambda x, y: x[torch.arange(4), y], table, integers(2, 0, 4, 2))
case("index.pairs", lambda x, i, j: x[i, j], table, integers(3, 0, 3), integers(-1, 1, -1))
case("index.broadcast", lambda x, i, j: x[i, j], table, integers([0], [2]), integers(4, 1, 1))
case("index.slices", lambda x, i, j: x[i, j], cube, integers(0, 2, 2), integers(1, 3, 3))
case("index.last", lambda x, i, j: x[:, i, j], cube, integers([1, 3]), integers([0], [1]))
case("index.apart", lambda x, i, j: x[i, :, j], cube, integers(0, 2, 2), integers(1, 0, 0))
case("index.stepped", lambda x, i, j: x[i, 1::2, j], cube, integers(0, 2), integers(1, 1))
case("index.element", lambda x, i, j: x[i, 2, j], cube, integers(0, 2), integers(1, 0))
case("index.newAxis", lambda x, i, j: x[i, None, j], cube, integers(0, 2), integers(1, 0))
case("index.ellipsis", lambda x, i, j: x[..., i, j], cube, integers(0, 2), integers(1, 0))
case(
    "index.three", lambda x, i, j, k: x[i, j, k], cube, integers(0, 2), integers(3),
    integers(1, 0))
case(
    "index.mask", lambda x, m, j: x[m, :, j], cube, torch.tensor([True, False, True]),
    integers(1, 0))


def written(*indices):
    def write(x, values, *tensors):
        y = x.clone()
        y[tuple(tensors[i] if isinstance(i, int) else i for i in indices)] = values
        return y
    return write


everything = slice(None)
case("write.pairs", written(0, 1), table, normal(3), integers(3, 0, -2), integers(1, 1, 4))
case("write.slices", written(0, 1), cube, normal(2, 2), integers(0, 2), integers(3, -1))
case("write.broadcast", written(0, 1), cube, normal(2), integers([0], [2]), integers(1, 3))
case("write.apart", written(0, everything, 1), cube, normal(2, 4), integers(0, 2), integers(1, 0))
case(
    "write.stepped", written(0, slice(1, None, 2), 1), cube, normal(1), integers(0, 2),
    integers(1, 0))


def added(*indices):
    def add(x, values, *tensors):
        places = torch.arange(x.numel()).reshape(x.shape)
        places = places[tuple(tensors[i] if isinstance(i, int) else i for i in indices)]
        flat = x.reshape(-1).index_put(
            (places.reshape(-1),), values.expand(places.shape).reshape(-1), accumulate=True)
        return flat.reshape(x.shape)
    return add


case("adding.pairs", added(0, 1), table, normal(3), integers(3, 0, 3), integers(1, 1, 1))
case("adding.slices", added(0, 1), cube, normal(2), integers([0], [0]), integers(1, 3))
case("adding.one", added(everything, 0), cube, normal(3, 5, 2), integers(1, 1, 0, -1, 1))
case("adding.range", added(everything, slice(1, 3)), cube, normal(2, 2))
case("adding.mask", added(0), table, normal(1), torch.tensor([True, False, True, False]))
case(
    "gather.smaller", lambda x, i: x.gather(1, i), cube,
    integers([3, 1, 1], [0, 2, 2]).reshape(2, 3, 1))
case(
    "scatterAdd.smaller", lambda x, i, y: x.scatter_add(1, i, y), cube,
    integers([3, 1, 1], [0, 0, 2]).reshape(2, 3, 1), normal(2, 3, 1))
case(
    "scatter", lambda x, i, y: x.scatter(1, i, y), table, integers([3, 1, 0], [0, 4, 2]),
    normal(2, 3))
case("scatter.value", lambda x, i: x.scatter(0, i, 2.5), table, integers([3, 1, 0, 0, 2]))

# MARK: Elementwise

SPECIAL = torch.tensor([0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 2.5, -2.5, 1e30, -1e30, inf, -inf, nan])
BINARY = {
    "remainder": torch.remainder,
    "floorDivided": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "atan2": torch.atan2,
}
for name, function in BINARY.items():
    case(name, function, normal(4, 5) * 3, normal(4, 5))
    case(f"{name}.broadcast", function, normal(4, 1) * 3, normal(5))
    pairs = SPECIAL[(SPECIAL.abs() != 1e30)] if name != "atan2" else SPECIAL
    a, b = torch.meshgrid(pairs, pairs, indexing="ij")
    case(f"{name}.special", function, a.flatten(), b.flatten(), differentiable=False)
    double = normal(9, dtype=torch.float64) * 5
    case(f"{name}.double", function, double, double.flip(0) + 0.25)
for name in ("remainder", "floorDivided"):
    for dtype in (torch.int64, torch.int32, torch.int8):
        values = torch.tensor([-7, -6, -1, 0, 1, 6, 7, 127, -128])
        a, b = torch.meshgrid(values, values[values != 0], indexing="ij")
        keep = ~((a == -128) & (b == -1))
        case(
            f"{name}.{str(dtype).removeprefix('torch.')}", BINARY[name], a[keep].to(dtype),
            b[keep].to(dtype))
case("remainder.number", lambda x: x % 2.5, normal(7) * 5)
case("remainder.negative", lambda x: x % -3, integers(-7, -3, -1, 0, 1, 3, 7))
case("floorDivided.number", lambda x: x // -3, integers(-7, -3, -1, 0, 1, 3, 7))
UNARY = {"tan": torch.tan, "log2": torch.log2, "log10": torch.log10}
for name, function in UNARY.items():
    x = normal(3, 7)
    case(name, function, x if name == "tan" else x.abs() + 0.1)
    special = SPECIAL if name != "tan" else SPECIAL[SPECIAL.abs() != 1e30]
    case(f"{name}.special", function, special, differentiable=False)
    double = normal(7, dtype=torch.float64).abs() + 0.1
    case(f"{name}.double", function, double)
case("log2.powers", torch.log2, 2.0 ** torch.arange(-20, 21))
case("isInfinite", torch.isinf, SPECIAL, differentiable=False)
special = torch.tensor([1.5, inf, -2.0, -inf, nan, 0.0])
case("nanToNum", torch.nan_to_num, special)
case("nanToNum.half", torch.nan_to_num, special.half(), differentiable=False)
case("nanToNum.given", lambda x: torch.nan_to_num(x, inf, -7.0, 8.0), special)
case("lerp", torch.lerp, normal(3, 4), normal(4), torch.rand(3, 1, generator=golden.generator) * 2)
case("lerp.number", lambda a, b: torch.lerp(a, b, 0.7), normal(3, 4), normal(4))

# MARK: Functions of integers

whole = integers(0, 1, 2, 5, 100)
for name, function in {
    "sqrt": torch.sqrt, "exp": lambda x: torch.exp(x % 50), "sin": torch.sin,
    "powHalf": lambda x: x**0.5, "log1p": torch.log1p, "sigmoid": torch.sigmoid,
    "tanh": torch.tanh, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal,
    "atan2": lambda x: torch.atan2(x, x + 1),
}.items():
    case(f"integers.{name}", function, whole)
case("integers.bool", torch.exp, torch.tensor([True, False]))
case("integers.byte", torch.sqrt, torch.tensor([0, 9, 255], dtype=torch.uint8))

# MARK: Counting and order

case("bincount", torch.bincount, integers(3, 0, 3, 5, 3))
case("bincount.long", lambda x: torch.bincount(x, minlength=8), integers(3, 0, 3, 5, 3))
case("bincount.weights", torch.bincount, integers(1, 0, 1, 3), normal(4), differentiable=False)
case("bincount.empty", torch.bincount, torch.zeros(0, dtype=torch.int64))
odd, even = normal(3, 5), normal(2, 4, 6)
for name, x in (("odd", odd), ("even", even)):
    case(f"median.{name}", torch.median, x)
    for axis in range(x.dim()):
        case(f"median.{name}.{axis}", lambda x: torch.median(x, axis), x)
        case(f"quantile.{name}.{axis}", lambda x: torch.quantile(x, 0.3, axis), x)
case("median.nan", lambda x: torch.median(x, 1), torch.tensor([[1, nan, 0, nan], [2, 1, 4, 3]]))
case("median.integers", lambda x: torch.median(x, 1), integers([4, 1, 3], [9, 7, 8]))
case("quantile", lambda x: torch.quantile(x, 0.85), odd)
case(
    "quantile.ends",
    lambda x: torch.quantile(x, torch.tensor([0.0, 0.5, 1.0]), 1, keepdim=True), odd)
case("quantile.list", lambda x: torch.quantile(x, torch.tensor([0.25, 0.9])), even)
case(
    "quantile.nan", lambda x: torch.quantile(x, 0.5, 1), torch.tensor([[1, nan, 0], [2, 1, 4]]),
    differentiable=False)
repeated = integers([3, 1, 3], [0, 1, 3])
case("unique", lambda x: torch.unique(x, return_inverse=True, return_counts=True), repeated)
case(
    "unique.floats", lambda x: torch.unique(x, return_inverse=True, return_counts=True),
    torch.tensor([0.5, -inf, 0.5, nan, 2.0, nan, -inf]), differentiable=False)
case("nonzero", torch.nonzero, integers([[3, 0], [0, 1]], [[0, 0], [2, 0]]))
case("nonzero.mask", torch.nonzero, torch.tensor([True, False, True]))
case("nonzero.scalar", torch.nonzero, torch.tensor(3.0), differentiable=False)
edges, values = integers(1, 3, 3, 5), integers([0, 1, 3], [4, 5, 9])
rows = torch.tensor([[0.5, 1.5, 1.5], [-1.0, 0.0, inf]])
found = torch.tensor([[1.5, nan, -inf, 2.0], [inf, 0.0, -0.5, -2.0]])
for side in (False, True):
    case(f"searchSorted.{side}", lambda a, b: torch.searchsorted(a, b, right=side), edges, values)
    case(
        f"searchSorted.rows.{side}", lambda a, b: torch.searchsorted(a, b, right=side), rows, found,
        differentiable=False)

# MARK: Products and shapes

for axis in range(3):
    case(f"cumulativeProduct.{axis}", lambda x: torch.cumprod(x, axis), even)
zeros = torch.tensor([[2.0, 0.0, 3.0, 0.0, -1.0], [1.0, -2.0, 0.0, 4.0, 0.5]])
case("cumulativeProduct.zeros", lambda x: torch.cumprod(x, 1), zeros)
case("cumulativeProduct.integers", lambda x: torch.cumprod(x, 0), integers([2, 3], [-4, 5], [6, 0]))
case("rolled", lambda x: torch.roll(x, 2, 1), even)
case("rolled.back", lambda x: torch.roll(x, -9, 2), even)
case("rolled.flat", lambda x: torch.roll(x, 3), odd)
for k in (-4, -1, 0, 2, 5):
    case(f"lowerTriangle.{k}", lambda x: torch.tril(x, k), odd)
    case(f"upperTriangle.{k}", lambda x: torch.triu(x, k), even)
for k in (-3, -2, 0, 1, 5):
    case(f"diagonal.{k}", lambda x: torch.cat([torch.diagonal(x, k, -2, -1)]), odd)
    case(f"diagonal.batch.{k}", lambda x: torch.cat([torch.diagonal(x, k, -2, -1)]), even)
    case(f"diagonalMatrix.{k}", lambda x: torch.diag_embed(x, k), odd)
case("trace", torch.trace, odd)
case("trace.tall", torch.trace, odd.T.contiguous())
case("outer", torch.outer, normal(3), normal(4))
case(
    "meshgrid", lambda *x: torch.meshgrid(*x, indexing="ij"), normal(2), normal(3), normal(1))
for parts in (1, 3, 4, 5, 6, 9):
    case(f"chunked.{parts}", lambda x: torch.chunk(x, parts, 2), even)
case("concatenate.empty", lambda *x: torch.cat(x, 1), torch.zeros(0), odd, normal(3, 2))

# MARK: Batch axes that broadcast


def attention(q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


q = normal(2, 3, 4, 8)
case("attention.sharedKeys", attention, q, normal(1, 3, 5, 8), normal(1, 3, 5, 8))
case("attention.sharedHeads", attention, q, normal(2, 1, 5, 8), normal(2, 1, 5, 8))
case(
    "attention.sharedQueries", attention, normal(1, 1, 4, 8), normal(2, 3, 5, 8),
    normal(2, 3, 5, 8))
golden.write(__file__)
