"""Makes further_layers.safetensors: further activations, pooling, norms, recurrent cells, padding,
transposed convolutions and interpolations with PyTorch, parameters and gradients under our names.

    pip install torch==2.13.0        (the CPU build will do)
    python make_further_layers_golden.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from golden_format import Golden, attention_name, layer_name, recurrent_name

golden = Golden()
normal, case = golden.normal, golden.case


def layer(name, module, x):
    golden.layer(name, module, layer_name, x)


# Activations, with the kinks among the inputs.
kinks = torch.tensor([-7.0, -6, -2, -1, -0.5, -0.0, 0, 0.5, 1, 2, 3, 6, 7]).reshape(1, 13)
case("hardTanh", F.hardtanh, kinks)
case("hardTanh.bounds", lambda x: F.hardtanh(x, -0.5, 3), kinks)
case("relu6", F.relu6, kinks)
case("selu", F.selu, kinks)
case("glu", F.glu, normal(2, 3, 6))
case("glu.axis", lambda x: F.glu(x, 1), normal(2, 4, 3))
case("prelu", F.prelu, kinks.clone(), torch.tensor([0.3]))
case("prelu.channels", F.prelu, normal(2, 3, 4, 2), normal(3))
layer("prelu.layer", nn.PReLU(3), normal(2, 3, 4))
layer("softmax", nn.Softmax(1), normal(2, 3, 4))
layer("logSoftmax", nn.LogSoftmax(-1), normal(2, 3, 4))

# Pooling.
case("maxPool2d.ceil", lambda x: F.max_pool2d(x, 2, ceil_mode=True), normal(2, 3, 5, 7))
case(
    "maxPool2d.ceilPadded", lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True), normal(2, 2, 6, 8))
case("maxPool2d.ceilLong", lambda x: F.max_pool2d(x, 2, 3, 1, ceil_mode=True), normal(1, 2, 5, 6))
case(
    "maxPool2d.ceilDilated",
    lambda x: F.max_pool2d(x, (3, 2), (2, 3), (1, 0), (1, 2), ceil_mode=True), normal(1, 2, 8, 9))
case("maxPool2d.ceilSmall", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True), normal(2, 1, 2, 2))
case("maxPool2d.single", lambda x: F.max_pool2d(x, 2), normal(3, 4, 4))
case("avgPool2d.ceil", lambda x: F.avg_pool2d(x, 2, ceil_mode=True), normal(2, 3, 5, 7))
case(
    "avgPool2d.ceilPadded", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), normal(2, 2, 6, 8))
case(
    "avgPool2d.ceilInside",
    lambda x: F.avg_pool2d(x, (3, 2), (2, 3), 1, ceil_mode=True, count_include_pad=False),
    normal(1, 2, 6, 8))
case("avgPool2d.single", lambda x: F.avg_pool2d(x, 2, ceil_mode=True), normal(3, 5, 4))
case("maxPool1d", lambda x: F.max_pool1d(x, 3, 2, 1), normal(2, 3, 8))
case("maxPool1d.ceil", lambda x: F.max_pool1d(x, 2, 2, dilation=2, ceil_mode=True), normal(2, 3, 9))
case("maxPool1d.single", lambda x: F.max_pool1d(x, 2), normal(3, 7))
case("avgPool1d", lambda x: F.avg_pool1d(x, 3, 2, 1), normal(2, 3, 8))
case(
    "avgPool1d.ceil", lambda x: F.avg_pool1d(x, 3, 2, 1, True, False), normal(2, 3, 8))
case("adaptiveAvgPool1d", lambda x: F.adaptive_avg_pool1d(x, 3), normal(2, 3, 8))
case("adaptiveAvgPool2d.single", lambda x: F.adaptive_avg_pool2d(x, (3, 2)), normal(2, 7, 5))
case("adaptiveMaxPool1d", lambda x: F.adaptive_max_pool1d(x, 3), normal(2, 3, 8))
case("adaptiveMaxPool2d", lambda x: F.adaptive_max_pool2d(x, (3, 2)), normal(2, 2, 7, 5))
case("adaptiveMaxPool2d.larger", lambda x: F.adaptive_max_pool2d(x, (5, 7)), normal(1, 2, 3, 4))
case(
    "adaptiveMaxPool2d.ties", lambda x: F.adaptive_max_pool2d(x, (2, 3)), normal(2, 2, 6, 7).relu())
case("adaptiveMaxPool2d.single", lambda x: F.adaptive_max_pool2d(x, 2), normal(2, 7, 5))

# Norms.
layer("instanceNorm1d", nn.InstanceNorm1d(3, affine=True), normal(2, 3, 5) * 2 + 1)
layer("instanceNorm1d.single", nn.InstanceNorm1d(3), normal(3, 5))
layer("instanceNorm2d", nn.InstanceNorm2d(3), normal(2, 3, 4, 5))
layer("instanceNorm2d.single", nn.InstanceNorm2d(3, affine=True, eps=1e-3), normal(3, 4, 5))
layer("instanceNorm2d.noBias", nn.InstanceNorm2d(3, affine=True, bias=False), normal(2, 3, 4, 5))
layer("layerNorm.axes", nn.LayerNorm([3, 4]), normal(2, 5, 3, 4))
layer("layerNorm.axesNoBias", nn.LayerNorm([5, 3, 4], bias=False), normal(2, 5, 3, 4))
layer("layerNorm.plain", nn.LayerNorm(4, elementwise_affine=False), normal(2, 3, 4))
layer("layerNorm.axesPlain", nn.LayerNorm([3, 4], elementwise_affine=False), normal(2, 3, 4))
layer("groupNorm.noBias", nn.GroupNorm(2, 6, bias=False), normal(2, 6, 3, 2))
layer("groupNorm.plain", nn.GroupNorm(3, 6, affine=False), normal(2, 6, 3))
layer("batchNorm2d.noBias", nn.BatchNorm2d(3, bias=False), normal(2, 3, 4, 5))
layer("batchNorm2d.noBiasEval", nn.BatchNorm2d(3, bias=False).eval(), normal(2, 3, 4, 5))
layer("batchNorm1d.batch", nn.BatchNorm1d(3, track_running_stats=False), normal(5, 3))
layer(
    "batchNorm2d.batchEval", nn.BatchNorm2d(3, track_running_stats=False).eval(),
    normal(2, 3, 4, 5))

# Padding.
for mode in ["reflect", "replicate", "circular"]:
    case(f"padded.{mode}", lambda x: F.pad(x, (2, 1, 0, 3), mode), normal(2, 2, 4, 3))
    layer(
        f"conv1d.{mode}", nn.Conv1d(2, 3, 4, stride=2, padding=3, padding_mode=mode),
        normal(2, 2, 5))
    layer(
        f"conv2d.{mode}",
        nn.Conv2d(2, 3, (2, 3), padding="same", dilation=(3, 1), padding_mode=mode),
        normal(1, 2, 5, 4))
    layer(
        f"conv3d.{mode}", nn.Conv3d(1, 2, 2, padding=(1, 0, 1), padding_mode=mode),
        normal(2, 1, 3, 3, 2))
case("pixelShuffle", lambda x: F.pixel_shuffle(x, 2), normal(2, 8, 3, 4))
case("pixelShuffle.single", lambda x: F.pixel_shuffle(x, 3), normal(9, 2, 1))
case("pixelUnshuffle", lambda x: F.pixel_unshuffle(x, 2), normal(2, 3, 4, 6))
case("pixelUnshuffle.axes", lambda x: F.pixel_unshuffle(x, 3), normal(2, 1, 2, 3, 6))

# Convolutions.
layer("conv1d.single", nn.Conv1d(3, 4, 3, padding=1), normal(3, 6))
layer("conv2d.single", nn.Conv2d(2, 3, 3, stride=2), normal(2, 6, 5))
layer("convTranspose2d.single", nn.ConvTranspose2d(2, 3, 2, stride=2), normal(2, 3, 4))
layer("convTranspose1d", nn.ConvTranspose1d(3, 2, 3), normal(2, 3, 5))
layer(
    "convTranspose1d.stride",
    nn.ConvTranspose1d(4, 6, 3, stride=3, padding=1, output_padding=2, dilation=2, groups=2),
    normal(2, 4, 5))
layer("convTranspose1d.single", nn.ConvTranspose1d(3, 2, 2, bias=False), normal(3, 5))
layer("conv3d", nn.Conv3d(2, 3, 2), normal(2, 2, 3, 4, 3))
layer(
    "conv3d.stride",
    nn.Conv3d(4, 6, (3, 2, 1), stride=(2, 1, 3), padding=(2, 1, 0), dilation=(2, 1, 1), groups=2),
    normal(2, 4, 5, 3, 4))
layer("conv3d.single", nn.Conv3d(2, 3, 2, bias=False), normal(2, 3, 3, 3))
layer("convTranspose3d", nn.ConvTranspose3d(2, 3, 2), normal(2, 2, 2, 3, 2))
layer(
    "convTranspose3d.stride",
    nn.ConvTranspose3d(
        4, 6, (3, 2, 1), stride=(2, 1, 3), padding=(1, 1, 0), output_padding=(1, 0, 2),
        dilation=(2, 1, 1), groups=2),
    normal(1, 4, 3, 3, 2))
layer("convTranspose3d.single", nn.ConvTranspose3d(2, 1, 2, bias=False), normal(2, 2, 2, 2))


# Recurrent cells, and sequences without a batch axis.
def cell_name(key):
    return recurrent_name(f"{key}_l0").removeprefix("forward.0.")


def cell(name, module, *inputs):
    golden.randomize(module)

    def run(x, *states):
        given = states if len(states) > 1 else states[0] if states else None
        after = module(x, given)
        return list(after) if isinstance(after, tuple) else [after]

    golden.module(name, module, cell_name, run, *inputs)


CELLS = [(nn.RNNCell, "rnnCell", 1), (nn.LSTMCell, "lstmCell", 2), (nn.GRUCell, "gruCell", 1)]
for kind, name, count in CELLS:
    cell(name, kind(4, 3), normal(2, 4))
    cell(f"{name}.state", kind(4, 3), normal(2, 4), *[normal(2, 3) for _ in range(count)])
    cell(f"{name}.single", kind(4, 3, bias=False), normal(4), *[normal(3) for _ in range(count)])
cell("rnnCell.relu", nn.RNNCell(4, 3, nonlinearity="relu"), normal(2, 4), normal(2, 3))

for kind, name in [(nn.LSTM, "lstm"), (nn.GRU, "gru"), (nn.RNN, "rnn")]:
    module = kind(4, 3, num_layers=2, bidirectional=True)
    golden.randomize(module)

    def run(x, *states, module=module):
        y, last = module(x, states if len(states) > 1 else states[0])
        return [y, *last] if isinstance(last, tuple) else [y, last]

    states = [normal(4, 3) for _ in range(2 if name == "lstm" else 1)]
    golden.module(f"{name}.single", module, recurrent_name, run, normal(5, 4), *states)


def attention(name, x, memory=None, **masks):
    module = nn.MultiheadAttention(8, 4, batch_first=True)
    golden.randomize(module)

    def run(x, memory=None):
        memory = x if memory is None else memory
        return [module(x, memory, memory, need_weights=False, **masks)[0]]

    golden.module(name, module, attention_name, run, *[t for t in [x, memory] if t is not None])


attention("multiHead.single", normal(4, 8))
attention(
    "multiHead.singleMasked", normal(4, 8), normal(5, 8),
    key_padding_mask=torch.tensor([False, False, True, False, True]))
case("attention.single", F.scaled_dot_product_attention, normal(3, 4), normal(5, 4), normal(5, 4))


# Interpolation.
def resized(name, x, mode, **options):
    case(f"resized.{name}", lambda x: F.interpolate(x, mode=mode, **options), x)


resized("bicubic", normal(1, 2, 4, 5), "bicubic", size=(7, 3))
resized("bicubicLarge", normal(1, 2, 3, 4), "bicubic", size=(8, 9))
resized("bicubicOne", normal(1, 2, 1, 4), "bicubic", size=(3, 1))
resized("corners", normal(1, 2, 4, 5), "bilinear", size=(7, 3), align_corners=True)
resized("cornersOne", normal(1, 2, 4, 5), "bilinear", size=(1, 8), align_corners=True)
resized("cornersBicubic", normal(1, 2, 4, 5), "bicubic", size=(7, 3), align_corners=True)
resized("byNearest", normal(1, 2, 4, 5), "nearest", scale_factor=(1.5, 0.7))
resized("byBilinear", normal(1, 2, 4, 5), "bilinear", scale_factor=(1.6, 0.7))
resized("byBicubic", normal(1, 2, 4, 5), "bicubic", scale_factor=(1.6, 0.7))
resized("bySame", normal(1, 2, 4, 5), "bilinear", scale_factor=(1.2, 1.9))
resized("byCorners", normal(1, 2, 4, 5), "bilinear", scale_factor=(1.6, 2), align_corners=True)

golden.write(__file__)
