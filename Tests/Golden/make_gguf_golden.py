"""A GGUF file with a tensor of each type, written and dequantized by the package `gguf` (pip install
gguf), and what it makes of numbers when it quantizes them.

gguf.gguf is the file; gguf.safetensors has NAME/values, and for the types that are written here
NAME/source and NAME/bytes.
"""

import pathlib

import gguf
import numpy as np
import torch
from golden_format import Golden

PATH = pathlib.Path(__file__).with_name("gguf.gguf")
TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q6_K"]
# Where the binary16 numbers of a block are.
HALVES = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q4_K": [0, 2],
          "Q6_K": [208]}

generator = np.random.default_rng(2026)
golden = Golden()
writer = gguf.GGUFWriter(PATH, "test")
writer.add_uint8("a.uint8", 200)
writer.add_int8("a.int8", -100)
writer.add_uint16("a.uint16", 60000)
writer.add_int16("a.int16", -30000)
writer.add_uint32("a.uint32", 4000000000)
writer.add_int32("a.int32", -2000000000)
writer.add_uint64("a.uint64", 2**63 + 1)
writer.add_int64("a.int64", -(2**62))
writer.add_float32("a.float32", 0.1)
writer.add_float64("a.float64", 0.1)
writer.add_bool("a.bool", True)
writer.add_string("a.string", "naïve 羽 🪶")
writer.add_array("an.array", ["", "Ġt", "he"])
writer.add_array("another.array", [1, -2, 3])


def numbers(rows, columns):
    """Normal numbers of many magnitudes, with rows of zeros and of one sign."""
    x = generator.standard_normal((rows, columns)) * np.exp(generator.uniform(-6, 3, (rows, 1)))
    x[0, :32] = 0
    x[1] = abs(x[1])
    x[2, 40:44] = 3 * abs(x[2]).max()  # several largest
    return x.astype(np.float32)


def random_blocks(kind, rows, columns):
    width, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = generator.integers(0, 256, (rows * columns // width, size), dtype=np.uint8)
    for place in HALVES[kind.name]:
        halves = generator.standard_normal(len(blocks)).astype(np.float16)
        halves[0], halves[1] = np.float16(3e-6), np.float16(-0.0)  # subnormal, and no number's sign
        blocks[:, place : place + 2] = halves.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


for name in TYPES:
    kind = gguf.GGMLQuantizationType[name]
    shape = (5, 512) if name.endswith("_K") else (7, 96)
    if name in ("F32", "F16", "BF16"):
        source = numbers(*shape)
        data = gguf.quants.quantize(source, kind)
    else:
        data = random_blocks(kind, *shape)
    writer.add_tensor(name, data, raw_dtype=kind)
    values = gguf.quants.dequantize(data, kind).astype(np.float32)
    golden.keep(f"{name}/values", torch.from_numpy(values.copy()))
    if name in ("Q8_0", "Q4_0", "Q4_1"):
        source = numbers(40, 96)
        golden.keep(f"{name}/source", torch.from_numpy(source))
        golden.keep(f"{name}/bytes", torch.from_numpy(gguf.quants.quantize(source, kind).copy()))
writer.add_tensor("vector", numbers(3, 50)[1])
writer.add_tensor("cube", generator.standard_normal((2, 3, 4)).astype(np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
golden.write(__file__)
