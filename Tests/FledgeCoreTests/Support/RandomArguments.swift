import FledgeCore

/// Draws arguments of an operation, most of them valid, and keeps a text of what it drew.
///
/// Counts are small or so large that no memory could hold what they ask for; between them lie valid
/// ones that would take gigabytes.
final class RandomArguments {
  let generator: Generator
  private(set) var drawn: [String] = []

  init(seed: UInt64) { generator = Generator(seed: seed) }

  private func noted<T>(_ name: String, _ value: T) -> T {
    drawn.append("\(name): \(value)")
    return value
  }

  func one<T>(of choices: [T]) -> T { choices[generator.integer(below: choices.count)] }

  func happens(_ probability: Double) -> Bool { generator.bernoulli(probability) }

  private static let oddCounts = [
    -1, -2, 5, 7, .max, .max - 1, .min, .min + 1, 1 << 62, 1 << 47, -1 << 47,
  ]

  private func count(_ range: ClosedRange<Int>) -> Int {
    happens(0.85)
      ? range.lowerBound + generator.integer(below: range.count) : one(of: Self.oddCounts)
  }

  /// A size, a count, an offset.
  func count(_ name: String, _ range: ClosedRange<Int> = 0...4) -> Int {
    noted(name, count(range))
  }

  func size2d(_ name: String, _ range: ClosedRange<Int> = 1...3) -> Size2d {
    noted(name, Size2d(count(range), count(range)))
  }

  func padding(_ name: String) -> Padding2d {
    noted(name, happens(0.2) ? .same : .zeros(Size2d(count(0...2), count(0...2))))
  }

  /// An axis of a tensor, from the front or from the end; now and then one that it has not.
  func axis(_ name: String, _ x: Tensor) -> Int {
    noted(name, count(-x.rank...Swift.max(x.rank - 1, -x.rank)))
  }

  func axes(_ name: String, _ x: Tensor) -> [Int] {
    let chosen = (0..<x.rank).filter { _ in happens(0.4) }
    return noted(name, happens(0.9) ? chosen : chosen + [count(-x.rank...x.rank)])
  }

  /// Sizes of axes, some negative or huge.
  func sizes(_ name: String, rank: ClosedRange<Int> = 0...3) -> [Int] {
    let rank = rank.lowerBound + generator.integer(below: rank.count)
    return noted(name, (0..<rank).map { _ in count(0...4) })
  }

  /// One of those that make sense, or one of those that rarely do.
  func number(_ name: String, _ usual: [Double]) -> Double {
    let odd = [
      0, -0.0, -1, 1.5, 1e300, -1e300, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1e19,
    ]
    return noted(name, happens(0.75) ? one(of: usual) : one(of: odd))
  }

  func flag(_ name: String) -> Bool { noted(name, happens(0.5)) }

  func choice<T>(_ name: String, _ choices: [T]) -> T { noted(name, one(of: choices)) }

  /// A shape that a tensor can have.
  func shape(rank: ClosedRange<Int> = 0...3, sizes: ClosedRange<Int> = 0...4) -> Shape {
    let rank = rank.lowerBound + generator.integer(below: rank.count)
    return Shape(
      (0..<rank).map { _ in
        // Rarely 0: an empty tensor hides most of what may be wrong.
        let size = sizes.lowerBound + generator.integer(below: sizes.count)
        return size == 0 && happens(0.6) ? 2 : size
      })
  }

  /// A shape with some sizes of another one changed: operands that nearly fit.
  func shape(near shape: Shape) -> Shape {
    if happens(0.85) { return shape }
    return Shape(shape.map { happens(0.4) ? generator.integer(below: 5) : $0 })
  }

  func tensor(_ name: String, _ shape: Shape, dtype: DType? = nil) -> Tensor {
    let dtype = dtype ?? (happens(0.8) ? .float32 : .float64)
    let values = (0..<shape.count).map { _ in generator.uniform(in: -2..<2) }
    let isReversed = shape.rank > 1 && happens(0.3)
    var result = Tensor(
      values, shape: isReversed ? Shape(shape.reversed()) : shape, dtype: dtype)
    if isReversed { result = result.permuted(Array((0..<shape.rank).reversed())) }
    drawn.append("\(name): \(dtype)\(shape)\(isReversed ? " (columns first)" : "")")
    return result
  }

  func tensor(_ name: String = "x", rank: ClosedRange<Int> = 0...3) -> Tensor {
    tensor(name, shape(rank: rank))
  }

  /// Indices for an axis of a size; now and then one that is out of range.
  func indices(_ name: String, _ shape: Shape, below size: Int) -> Tensor {
    let values = (0..<shape.count).map { _ in
      happens(0.95) && size > 0 ? generator.integer(below: size) : one(of: Self.oddCounts + [size])
    }
    drawn.append("\(name): \(values)")
    return Tensor(values, shape: shape)
  }

  /// The call with what was drawn.
  func call(
    _ name: String, _ inputs: [Tensor], _ function: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) -> RandomCall {
    RandomCall(
      text: "\(name)(\(drawn.joined(separator: ", ")))", inputs: inputs, function: function)
  }
}

/// An operation with its arguments.
struct RandomCall: Sendable {
  let text: String
  let inputs: [Tensor]
  let function: @Sendable ([Tensor]) -> [Tensor]

  /// The outputs, and the gradients of the inputs.
  func results(on backend: any Backend) -> [Tensor] {
    withBackend(backend) {
      let leaves = inputs.map { $0.dtype.isFloatingPoint ? $0.requiringGradients() : $0 }
      let outputs = function(leaves)
      for y in outputs where y.requiresGradients {
        let dy = Tensor.uniform(y.shape, in: 0.5...1.5, using: Generator(seed: 3))
        y.backward(gradient: dy, retainGraph: true)
      }
      return outputs.map { $0.detached() }
        + leaves.filter(\.requiresGradients).map { $0.grad ?? Tensor.zeros(like: $0.detached()) }
    }
  }
}

/// A name, and how a call of that operation is drawn.
struct RandomOperation: Sendable {
  let name: String
  private let make: @Sendable (RandomArguments) -> Drawn

  struct Drawn {
    let inputs: [Tensor]
    let function: @Sendable ([Tensor]) -> [Tensor]

    init(_ inputs: [Tensor], _ function: @escaping @Sendable ([Tensor]) -> [Tensor]) {
      (self.inputs, self.function) = (inputs, function)
    }

    /// An operation of one tensor.
    init(_ x: Tensor, _ function: @escaping @Sendable (Tensor) -> Tensor) {
      self.init([x]) { [function($0[0])] }
    }

    /// What makes a tensor from nothing.
    init(making function: @escaping @Sendable () -> Tensor) {
      self.init([]) { _ in [function()] }
    }
  }

  init(_ name: String, _ make: @escaping @Sendable (RandomArguments) -> Drawn) {
    (self.name, self.make) = (name, make)
  }

  func call(seed: UInt64) -> RandomCall {
    let arguments = RandomArguments(seed: seed)
    let drawn = make(arguments)
    return arguments.call(name, drawn.inputs, drawn.function)
  }
}
