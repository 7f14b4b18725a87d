/// One way to call a primitive, for the checks that run over the whole registry.
public struct Sample: Sendable {
  /// The operation with its options.
  public let primitive: any Primitive
  /// The inputs of the call.
  public let inputs: [SampleInput]

  /// `Sample(MatMul(), .uniform([2, 3]), .uniform([3, 4]))`
  public init(_ primitive: some Primitive, _ inputs: SampleInput...) {
    self.primitive = primitive
    self.inputs = inputs
  }
}

/// The kind of values of a sample's input.
public enum SampleInput: Sendable {
  /// Uniform over a range that keeps clear of the operation's singularities.
  case uniform(Shape, ClosedRange<Double>)
  /// A random permutation of well separated values: no ties, no kinks within a finite difference.
  case distinct(Shape)
  /// Matrices far from singular, with eigenvalues and singular values far from each other: uniform
  /// over −0.3…0.3, and 2, 4, 6, … added on the diagonal.
  case wellConditioned(Shape)
  /// int64 in 0 ..< below.
  case indices(Shape, below: Int)
  /// bool.
  case mask(Shape)

  /// Uniform over −2…2.
  public static func uniform(_ shape: Shape) -> SampleInput { .uniform(shape, -2...2) }

  /// The shape of the input.
  public var shape: Shape {
    switch self {
    case .uniform(let shape, _), .distinct(let shape), .wellConditioned(let shape),
      .indices(let shape, _), .mask(let shape):
      shape
    }
  }
}

extension Sample {
  /// An elementwise primitive in the shapes that go wrong: scalar, odd, size 1, empty.
  package static func elementwise(
    _ primitive: some Primitive, _ range: ClosedRange<Double> = -2...2
  )
    -> [Sample]
  {
    [[], [3], [2, 5], [4, 1, 3], [0, 3]].map { Sample(primitive, .uniform($0, range)) }
  }

  /// A binary elementwise primitive, with every kind of broadcasting.
  static func broadcasting(
    _ primitive: some Primitive, _ a: ClosedRange<Double> = -2...2,
    _ b: ClosedRange<Double> = -2...2
  ) -> [Sample] {
    let shapes: [(Shape, Shape)] = [
      ([], []), ([7], [7]), ([2, 3], [2, 3]), ([2, 3], [3]), ([2, 1], [1, 3]), ([], [2, 3]),
      ([4, 2, 3], [2, 1]), ([0, 3], [3]),
    ]
    return shapes.map { Sample(primitive, .uniform($0, a), .uniform($1, b)) }
  }
}
