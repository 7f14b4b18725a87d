"""Golden files: safetensors, written without a package so that the bytes are the same everywhere.

A case NAME has its inputs `NAME/x0`, `NAME/x1`, …, its outputs `NAME/y0`, …, and where it can be
differentiated the outputs' gradients `NAME/dy0`, … and the inputs' `NAME/dx0`, ….
"""

import json
import pathlib
import struct

import torch

DTYPES = {
    torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}


def recurrent_name(key):
    """weight_ih_l0_reverse → backward.0.inputWeight"""
    kind, side, layer = key.removesuffix("_reverse").split("_")
    direction = "backward" if key.endswith("_reverse") else "forward"
    ours = {"ih": "input", "hh": "recurrent"}[side] + kind.capitalize()
    return f"{direction}.{layer[1:]}.{ours}"


def layer_name(key):
    """running_mean → runningMean"""
    for theirs, ours in {
        "running_mean": "runningMean", "running_var": "runningVariance", "body.": "body.layers.",
    }.items():
        key = key.replace(theirs, ours)
    return key


def attention_name(key):
    return key.replace("in_proj_", "qkv.").replace("out_proj", "projection")


def block_name(key):
    key = attention_name(key).replace("self_attn", "attention")
    key = key.replace("multihead_attn", "crossAttention")
    return key.replace("linear1", "upProjection").replace("linear2", "downProjection")


class Golden:
    def __init__(self, seed=2026):
        self.tensors = {}
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape, dtype=torch.float32):
        return torch.randn(shape, generator=self.generator, dtype=dtype)

    def keep(self, name, tensor):
        assert name not in self.tensors, f"{name} is there already"
        self.tensors[name] = tensor.detach().clone().contiguous()

    def case(self, name, function, *inputs, differentiable=True):
        """Runs the function and keeps its inputs, outputs and gradients."""
        inputs = [x.clone() for x in inputs]
        leaves = [x for x in inputs if differentiable and x.is_floating_point()]
        for x in leaves:
            x.requires_grad_()
        outputs = function(*inputs)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        for i, x in enumerate(inputs):
            self.keep(f"{name}/x{i}", x)
        for i, y in enumerate(outputs):
            self.keep(f"{name}/y{i}", y)
        reached = [y for y in outputs if y.requires_grad]
        if not reached:
            return
        gradients = [self.normal(*y.shape, dtype=y.dtype) for y in reached]
        for i, dy in enumerate(gradients):
            self.keep(f"{name}/dy{i}", dy)
        found = torch.autograd.grad(reached, leaves, gradients, allow_unused=True)
        for x, dx in zip(leaves, found):
            if dx is not None:
                i = next(i for i, input_ in enumerate(inputs) if input_ is x)
                self.keep(f"{name}/dx{i}", dx)

    def randomize(self, module):
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.copy_(self.normal(*parameter.shape) * 0.5)

    def module(self, name, module, names, function, *inputs):
        """Keeps a module's parameters, inputs, outputs and all gradients."""
        inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
        outputs = function(*inputs)
        gradients = [self.normal(*y.shape) for y in outputs]
        torch.autograd.backward(outputs, gradients)
        for i, x in enumerate(inputs):
            self.keep(f"{name}/x{i}", x)
            if x.is_floating_point():
                self.keep(f"{name}/dx{i}", x.grad)
        for i, (y, dy) in enumerate(zip(outputs, gradients)):
            self.keep(f"{name}/y{i}", y)
            self.keep(f"{name}/dy{i}", dy)
        for key, parameter in module.named_parameters():
            self.keep(f"{name}/parameters/{names(key)}", parameter)
            self.keep(f"{name}/gradients/{names(key)}", parameter.grad)

    def layer(self, name, module, names, x):
        """Keeps a module's parameters and buffers, then its output, all gradients and its buffers
        after the pass."""
        def buffers():
            return [(k, v) for k, v in module.named_buffers() if "num_batches" not in k]

        self.randomize(module)
        with torch.no_grad():
            for _, buffer in buffers():
                buffer.copy_(self.normal(*buffer.shape).abs() + 0.1)
        for key, value in [*module.named_parameters(), *buffers()]:
            self.keep(f"{name}/parameters/{names(key)}", value)
        x = x.clone().requires_grad_()
        y = module(x)
        dy = self.normal(*y.shape)
        y.backward(dy)
        for key, value in {"x0": x, "dx0": x.grad, "y0": y, "dy0": dy}.items():
            self.keep(f"{name}/{key}", value)
        for key, parameter in module.named_parameters():
            self.keep(f"{name}/gradients/{names(key)}", parameter.grad)
        for key, buffer in buffers():
            self.keep(f"{name}/after/{names(key)}", buffer)

    def trajectory(self, name, make, start, gradients):
        """Steps an optimizer with given gradients and keeps the parameters after some steps."""
        parameters = [x.clone().requires_grad_() for x in start]
        optimizer = make(parameters)
        for step, given in enumerate(gradients, 1):
            for parameter, gradient in zip(parameters, given):
                parameter.grad = gradient.clone()
            optimizer.step()
            if step in (1, 2, 10, len(gradients)):
                for i, parameter in enumerate(parameters):
                    self.keep(f"{name}/{step}/{i}", parameter)

    def write(self, script):
        """Writes SCRIPT's golden file beside it: make_x_golden.py → x.safetensors."""
        script = pathlib.Path(script)
        path = script.with_name(script.stem.removeprefix("make_").removesuffix("_golden"))
        path = path.with_suffix(".safetensors")
        header, data = {"__metadata__": {"torch": torch.__version__, "script": script.name}}, b""
        # The widest first: each tensor is then aligned to its element.
        names = sorted(self.tensors, key=lambda n: (-self.tensors[n].element_size(), n))
        for name in names:
            tensor = self.tensors[name]
            raw = bytes(tensor.flatten().view(torch.uint8).tolist()) if tensor.numel() else b""
            header[name] = {
                "dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape),
                "data_offsets": [len(data), len(data) + len(raw)],
            }
            data += raw
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        print(f"{path.name}: {len(self.tensors)} tensors, {path.stat().st_size} bytes")
