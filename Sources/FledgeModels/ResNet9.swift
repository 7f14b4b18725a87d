import FledgeCore
import FledgeNN

/// Convolution, batch normalization, ReLU; padded with zeros so that a stride of 1 keeps the
/// image's size.   Shape: [N, inputs, H, W] → [N, outputs, ⌈H / stride⌉, ⌈W / stride⌉], for odd
/// kernels
public final class ConvBN: Module, Layer {
  /// The convolution; padded unless the kernel is 1.
  public let convolution: Conv2d
  /// The batch norm of the convolution's outputs.
  public let norm: BatchNorm2d

  /// Creates a block with a square kernel and one stride for both directions.
  public init(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int) {
    convolution = Conv2d(
      inputs, outputs, kernel: Size2d(kernel), stride: Size2d(stride), padding: .zeros(kernel / 2))
    norm = BatchNorm2d(outputs)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { relu(norm(convolution(x))) }
}

/// The residual network of CMU's deep-learning-systems course for images of 32 × 32 (after He et al.
/// 2015): eight convolutions and two linear layers, 431,946 parameters for ten classes.
///
/// Shape: [N, 3, 32, 32] → [N, classes]
public final class ResNet9: Module, Layer {
  /// The layers from the image to 128 numbers.
  public let features: Sequential
  /// The two linear layers.
  public let classifier: Sequential

  /// `ResNet9()` has 431,946 parameters.
  public init(classes: Int = 10) {
    features = Sequential {
      ConvBN(3, 16, kernel: 7, stride: 4)
      ConvBN(16, 32, kernel: 3, stride: 2)
      Residual {
        ConvBN(32, 32, kernel: 3, stride: 1)
        ConvBN(32, 32, kernel: 3, stride: 1)
      }
      ConvBN(32, 64, kernel: 3, stride: 2)
      ConvBN(64, 128, kernel: 3, stride: 2)
      Residual {
        ConvBN(128, 128, kernel: 3, stride: 1)
        ConvBN(128, 128, kernel: 3, stride: 1)
      }
    }
    classifier = Sequential {
      Flatten()
      Linear(128, 128)
      ReLU()
      Linear(128, classes)
    }
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(
      x.rank == 4 && x.shape.dropFirst().elementsEqual([3, 32, 32]), "ResNet9",
      "needs images [N, 3, 32, 32], got \(x.shape)")
    return classifier(features(x))
  }
}
