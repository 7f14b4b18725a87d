import FledgeCore
import FledgeCourse
import FledgeNN

/// A layer of your convolution.
/// Shape: [N, inputs, H, W] → [N, outputs, places of rows, places of columns]
final class MyConv2d: Module, Layer {
  /// [outputs, inputs, kernel, kernel]
  @Parameter var weight: Tensor
  /// [outputs]
  @Parameter var bias: Tensor
  let windows: Windowing

  /// Both start from uniform numbers in (−b, b) with b = 1 / √(inputs · kernel · kernel), as in PyTorch:
  /// one over the root of how many numbers an output is a sum of.
  init(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0) {
    windows = Windowing(stride: stride, padding: padding)
    // solution
    let bound = 1 / Double(inputs * kernel * kernel).squareRoot()
    weight = Tensor.uniform([outputs, inputs, kernel, kernel], in: -bound...bound)
    bias = Tensor.uniform([outputs], in: -bound...bound)
    // end solution
  }

  /// `apply(operation, [x, weight, bias])[0]` is the result of one of Fledge's operations, and yours is
  /// `MyConvolution(windows: windows)`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    apply(MyConvolution(windows: windows), [x, weight, bias])[0]
    // end solution
  }
}

/// A layer of your maximum.   Shape: [N, C, H, W] → [N, C, H / size, W / size]
final class MyMaxPool2d: Module, Layer {
  let pooling: Pooling

  init(_ size: Int) { pooling = Pooling(size) }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    apply(MyMaxPooling(pooling: pooling), [x])[0]
    // end solution
  }
}

/// LeNet-5 (LeCun et al. 1998) with today's activations, for digits of 28 × 28:
///
///     layer                              what comes out        parameters
///     convolution 1 → 6, 5 × 5, padding 2    [N, 6, 28, 28]           156
///     ReLU, maximum of 2 × 2                 [N, 6, 14, 14]
///     convolution 6 → 16, 5 × 5              [N, 16, 10, 10]         2416
///     ReLU, maximum of 2 × 2                 [N, 16, 5, 5]
///     Flatten                                [N, 400]
///     Linear 400 → 120, ReLU                 [N, 120]              48,120
///     Linear 120 → 84, ReLU                  [N, 84]               10,164
///     Linear 84 → 10                         [N, 10]                  850
///
/// Your layers for convolutions and maxima; `ReLU`, `Flatten` and `Linear` are the framework's. A
/// `Sequential { … }` takes layers one below the other.
func myLeNet() -> Sequential {
  // solution
  Sequential {
    MyConv2d(1, 6, kernel: 5, padding: 2)
    ReLU()
    MyMaxPool2d(2)
    MyConv2d(6, 16, kernel: 5)
    ReLU()
    MyMaxPool2d(2)
    Flatten()
    Linear(400, 120)
    ReLU()
    Linear(120, 84)
    ReLU()
    Linear(84, 10)
  }
  // end solution
}
