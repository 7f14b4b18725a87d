"""Makes safetensors_reference.safetensors, beside this script, with the reference implementation.

    pip install safetensors==0.8.0
    python safetensors_reference.py
"""

import ctypes
import pathlib
import struct

import safetensors


buffers = []  # A TensorSpec holds an address only; this keeps what lies there alive.


def tensor(dtype, shape, code, *values):
    data = struct.pack(f"<{len(values)}{code}", *values)
    buffers.append(ctypes.create_string_buffer(data, max(len(data), 1)))
    return safetensors.TensorSpec(
        dtype=dtype, shape=shape, data_ptr=ctypes.addressof(buffers[-1]), data_len=len(data)
    )


tensors = {
    "float32": tensor("float32", [2, 3], "f", 0.0, 1.5, -2.0, 3.25, -0.0, float("inf")),
    "float64": tensor("float64", [2], "d", 1e300, -0.1),
    "float16": tensor("float16", [3], "e", 1.0, -0.5, 65504.0),
    "bfloat16": tensor("bfloat16", [2], "H", 0x3F80, 0xC000),  # 1, -2
    "int8": tensor("int8", [3], "b", -128, 0, 127),
    "uint8": tensor("uint8", [3], "B", 0, 128, 255),
    "int32": tensor("int32", [2], "i", -(2**31), 2**31 - 1),
    "int64": tensor("int64", [2, 1], "q", -(2**63), 2**63 - 1),
    "bool": tensor("bool", [3], "B", 1, 0, 1),
    "scalar": tensor("float32", [], "f", 7.0),
    "empty": tensor("float32", [0, 4], "f"),
    'quote " back \\ slash / tab \t bell \x07 é 張': tensor("int8", [1], "b", 1),
}
path = pathlib.Path(__file__).with_suffix(".safetensors")
path.write_bytes(safetensors.serialize(tensors, {"note": 'a "quoted" line\n'}))
