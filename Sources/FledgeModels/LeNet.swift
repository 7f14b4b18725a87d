import FledgeCore
import FledgeNN

/// LeNet-5 (LeCun et al. 1998) with today's usual activations: two convolutions of 5 × 5 with ReLU
/// and max pooling, then 400 → 120 → 84 → classes.
///
/// Shape: [N, channels, 28, 28] → [N, classes]
public final class LeNet: Module, Layer {
  /// The convolutional layers.
  public let features: Sequential
  /// The linear layers.
  public let classifier: Sequential

  /// `LeNet()` is for grey digits.
  public init(classes: Int = 10, channels: Int = 1) {
    features = Sequential {
      Conv2d(channels, 6, kernel: 5, padding: 2)
      ReLU()
      MaxPool2d(2)
      Conv2d(6, 16, kernel: 5)
      ReLU()
      MaxPool2d(2)
    }
    classifier = Sequential {
      Flatten()
      Linear(400, 120)
      ReLU()
      Linear(120, 84)
      ReLU()
      Linear(84, classes)
    }
  }

  /// The weights of the first layer.   Shape: [6, channels, 5, 5]
  public var filters: Tensor { (features.layers[0] as! Conv2d).weight }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(
      x.rank == 4 && x.shape[2] == 28 && x.shape[3] == 28, "LeNet",
      "needs images [N, C, 28, 28], got \(x.shape)")
    return classifier(features(x))
  }
}
