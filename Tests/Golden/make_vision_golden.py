"""Makes vision.safetensors: convolutions, pooling, resizing and normalizations with PyTorch,
parameters, buffers and gradients under our names (`NAME/parameters/…`, `NAME/gradients/…`, and the
buffers after a step of training as `NAME/after/…`).

    pip install torch==2.13.0        (the CPU build will do)
    python make_vision_golden.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from golden_format import Golden, layer_name

golden = Golden()
normal = golden.normal


def layer(name, module, x):
    golden.layer(name, module, layer_name, x)


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.body(x)


layer("conv1d", nn.Conv1d(3, 4, 3, stride=2, padding=1), normal(2, 3, 9))
layer("conv1d.same", nn.Conv1d(4, 4, 2, padding="same", dilation=3, groups=2), normal(2, 4, 8))
layer("conv2d", nn.Conv2d(2, 3, 3), normal(2, 2, 5, 6))
layer("conv2d.stride", nn.Conv2d(3, 4, (3, 2), stride=(2, 3), padding=(1, 2)), normal(2, 3, 7, 8))
layer("conv2d.same", nn.Conv2d(2, 3, (2, 3), padding="same", dilation=2), normal(1, 2, 5, 6))
layer("conv2d.groups", nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False), normal(2, 4, 4, 4))
layer("conv2d.depthwise", nn.Conv2d(4, 4, 3, padding=1, groups=4), normal(1, 4, 5, 5))
layer("conv2d.wide", nn.Conv2d(2, 7, 3, padding=1), normal(1, 2, 18, 19))
layer("conv2d.point", nn.Conv2d(5, 3, 1, stride=2), normal(3, 5, 3, 3))
layer("convTranspose2d", nn.ConvTranspose2d(3, 2, 3), normal(2, 3, 3, 4))
layer(
    "convTranspose2d.stride",
    nn.ConvTranspose2d(3, 4, (3, 2), stride=(2, 3), padding=1, output_padding=(1, 2)),
    normal(1, 3, 4, 3),
)
layer(
    "convTranspose2d.groups",
    nn.ConvTranspose2d(4, 6, 2, stride=2, dilation=3, groups=2, bias=False), normal(2, 4, 2, 3),
)
layer("batchNorm1d", nn.BatchNorm1d(3), normal(5, 3) + 2)
layer("batchNorm1d.sequence", nn.BatchNorm1d(3, momentum=0.3, eps=1e-3), normal(2, 3, 4))
layer("batchNorm2d", nn.BatchNorm2d(3), normal(2, 3, 4, 5) * 3 - 1)
layer("batchNorm2d.plain", nn.BatchNorm2d(2, affine=False), normal(3, 2, 2, 2))
layer("batchNorm2d.eval", nn.BatchNorm2d(3).eval(), normal(2, 3, 4, 5))
layer("groupNorm", nn.GroupNorm(2, 6), normal(2, 6, 3, 2))
layer("rmsNorm", nn.RMSNorm(7, eps=1e-5), normal(2, 3, 7))
layer("residual", Residual(nn.Conv2d(2, 2, 3, padding=1), nn.Tanh()), normal(2, 2, 3, 4))

case = golden.case
case("maxPool2d", lambda x: F.max_pool2d(x, 2), normal(2, 3, 5, 6))
case("maxPool2d.overlapping", lambda x: F.max_pool2d(x, 3, 2, 1), normal(2, 2, 6, 7))
case("maxPool2d.dilated", lambda x: F.max_pool2d(x, (2, 3), 1, (0, 1), (3, 2)), normal(1, 2, 6, 7))
case("maxPool2d.ties", lambda x: F.max_pool2d(x, 2), normal(1, 2, 34, 36).relu())
case("avgPool2d", lambda x: F.avg_pool2d(x, 2), normal(2, 3, 5, 6))
case("avgPool2d.padded", lambda x: F.avg_pool2d(x, (3, 2), 2, 1), normal(1, 2, 5, 5))
case(
    "avgPool2d.inside", lambda x: F.avg_pool2d(x, (3, 2), 2, 1, count_include_pad=False),
    normal(1, 2, 5, 5),
)
case("adaptiveAvgPool2d", lambda x: F.adaptive_avg_pool2d(x, (3, 2)), normal(2, 2, 7, 5))
case("adaptiveAvgPool2d.one", lambda x: F.adaptive_avg_pool2d(x, 1), normal(2, 3, 4, 5))
case("adaptiveAvgPool2d.larger", lambda x: F.adaptive_avg_pool2d(x, (5, 7)), normal(1, 2, 3, 4))
case("resized.nearest", lambda x: F.interpolate(x, (7, 3)), normal(1, 2, 4, 5))
case("resized.bilinear", lambda x: F.interpolate(x, (7, 3), mode="bilinear"), normal(1, 2, 4, 5))
case("upsample.nearest", lambda x: F.interpolate(x, scale_factor=(2, 3)), normal(2, 2, 3, 2))
case(
    "upsample.bilinear", lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    normal(2, 2, 3, 4),
)
windows = dict(kernel_size=(3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1))
case("im2col", lambda x: F.unfold(x, **windows), normal(2, 3, 5, 6))
case("col2im", lambda x: F.fold(x, (5, 6), **windows), normal(2, 12, 12))

golden.write(__file__)
