import FledgeCore
import FledgeCourse
import FledgeNN

/// Convolution, batch norm, ReLU: the unit that image networks are built of. The padding is kernel / 2, so
/// that with stride 1 an image keeps its size (for odd kernels).
/// Shape: [N, inputs, H, W] → [N, outputs, ⌈H / stride⌉, ⌈W / stride⌉]
///
/// `BatchNorm2d(channels)` and `ReLU()` are the framework's, the convolution is your `MyConv2d`.
func convolutionUnit(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int) -> Sequential {
  // solution
  Sequential {
    MyConv2d(inputs, outputs, kernel: kernel, stride: stride, padding: kernel / 2)
    BatchNorm2d(outputs)
    ReLU()
  }
  // end solution
}

/// needle's residual network of nine layers, for colour images of 32 × 32 (after He et al. 2015):
///
///     unit 3 → 16, 7 × 7, stride 4          [N, 16, 8, 8]
///     unit 16 → 32, 3 × 3, stride 2         [N, 32, 4, 4]
///     residual: two units 32 → 32, 3 × 3    [N, 32, 4, 4]
///     unit 32 → 64, 3 × 3, stride 2         [N, 64, 2, 2]
///     unit 64 → 128, 3 × 3, stride 2        [N, 128, 1, 1]
///     residual: two units 128 → 128, 3 × 3  [N, 128, 1, 1]
///     Flatten                               [N, 128]
///     Linear 128 → 128, ReLU                [N, 128]
///     Linear 128 → classes                  [N, classes]
///
/// `Residual { … }` adds what goes in to what comes out.
func myResNet9(classes: Int = 10) -> Sequential {
  // solution
  Sequential {
    convolutionUnit(3, 16, kernel: 7, stride: 4)
    convolutionUnit(16, 32, kernel: 3, stride: 2)
    Residual {
      convolutionUnit(32, 32, kernel: 3, stride: 1)
      convolutionUnit(32, 32, kernel: 3, stride: 1)
    }
    convolutionUnit(32, 64, kernel: 3, stride: 2)
    convolutionUnit(64, 128, kernel: 3, stride: 2)
    Residual {
      convolutionUnit(128, 128, kernel: 3, stride: 1)
      convolutionUnit(128, 128, kernel: 3, stride: 1)
    }
    Flatten()
    Linear(128, 128)
    ReLU()
    Linear(128, classes)
  }
  // end solution
}

/// The multiplications of one of your convolutions for one image of `rows` × `columns` pixels: as many as
/// its filters have weights, at each place of its output (zeros in the padding count, as in a matrix
/// product).
func multiplications(_ layer: MyConv2d, rows: Int, columns: Int) -> Int {
  // solution
  let shape = layer.weight.shape
  let places =
    layer.windows.places(on: rows, taps: shape[2])
    * layer.windows.places(on: columns, taps: shape[3])
  return shape.count * places
  // end solution
}
