/// y = tan x.   Shape: [*] → [*]
struct Tangent: Activation {
  static let name = "tan"
  static let formula = "y = tan x"

  func value<T: ScalarNumber>(_ x: T) -> T { T.sin(x) / T.cos(x) }
  static let kernel = UnaryKernel(of: Tangent())
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .outputs }

  func gradient<T: ScalarNumber>(_ dy: T, _ y: T) -> T { dy * (1 + y * y) }
  static let gradientKernel = BinaryKernel(gradientOf: Tangent())
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(Tangent(), -1.2...1.2) }
}

extension Tensor {
  /// y = tan x.
  public func tan() -> Tensor { apply(Tangent(), self) }
}

/// y = tan x.
public func tan(_ x: Tensor) -> Tensor { x.tan() }
