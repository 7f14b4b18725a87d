"""Makes linalg.safetensors: factorizations of matrices with PyTorch, values and gradients.

Fledge's signs are fixed: the diagonal of R is not negative, and of the largest elements of a column of
U, or of an eigenvector, the first is positive. So PyTorch's factors get the same signs here.

    pip install torch==2.13.0        (the CPU build will do)
    python make_linalg_golden.py
"""

import torch
from torch import linalg

from golden_format import Golden

golden = Golden()
case = golden.case


def normal(*shape, dtype=torch.float64):
    return golden.normal(*shape, dtype=dtype)


def heads(x):
    """The signs of the largest elements of each column."""
    return x.detach().gather(-2, x.detach().abs().argmax(-2, keepdim=True)).sign()


def qr(x):
    q, r = linalg.qr(x)
    signs = r.detach().diagonal(dim1=-2, dim2=-1).sign()
    return q * signs.unsqueeze(-2), r * signs.unsqueeze(-1)


def svd(x):
    u, s, vt = linalg.svd(x, full_matrices=False)
    signs = heads(u)
    return u * signs, s, vt * signs.mT


def eigen(x):
    values, vectors = linalg.eigh((x + x.mT) / 2)
    return values, vectors * heads(vectors)


def log_determinant(x):
    sign, logarithm = linalg.slogdet(x)
    return sign.detach(), logarithm


def positive(*shape, dtype=torch.float64):
    x = normal(*shape, dtype=dtype)
    return x @ x.mT + torch.eye(shape[-1], dtype=dtype)


case("inverse", linalg.inv, normal(4, 4))
case("inverse.batch", linalg.inv, normal(2, 3, 2, 2))
case("inverse.float32", linalg.inv, positive(3, 3, dtype=torch.float32))
case("solve", linalg.solve, normal(4, 4), normal(4, 3))
case("solve.vector", linalg.solve, normal(3, 3), normal(3))
case("solve.vectors", linalg.solve, normal(2, 3, 3), normal(2, 3))
case("solve.broadcast", linalg.solve, normal(2, 1, 3, 3), normal(4, 3, 2))
case("solve.float32", linalg.solve, positive(3, 3, dtype=torch.float32), normal(3, 2, dtype=torch.float32))
case("determinant", linalg.det, normal(4, 4))
case("determinant.batch", linalg.det, normal(2, 3, 3))
case("determinant.one", linalg.det, normal(1, 1))
x = normal(4, 3)
case("determinant.singular", linalg.det, x @ normal(3, 4))
case("logDeterminant", log_determinant, normal(4, 4))
case("logDeterminant.batch", log_determinant, normal(5, 2, 2))
for name, shape in {"square": (4, 4), "tall": (5, 3), "wide": (2, 4), "batch": (2, 3, 2)}.items():
    case(f"qr.{name}", qr, normal(*shape))
    case(f"svd.{name}", svd, normal(*shape))
case("svd.float32", svd, torch.tensor([[3.0, 1.0], [0.5, -1.0], [0.0, 2.0]]))
case("eigen", eigen, normal(5, 5))
case("eigen.batch", eigen, normal(2, 3, 3))
case("cholesky", lambda x: linalg.cholesky((x + x.mT) / 2), positive(4, 4))
case("cholesky.batch", lambda x: linalg.cholesky((x + x.mT) / 2), positive(3, 2, 2))

golden.write(__file__)
