import CKernels

/// y ~ U[0, 1), a multiple of 2⁻²⁴ each, from a Philox stream.   Shape: int64 [2] → float32 [shape]
///
/// The input is the place to begin: key and block of the stream. It is not an attribute, so that a
/// recorded program can be run again with other numbers.
struct RandomUniform: RandomPrimitive {
  static let name = "randomUniform"
  static let formula = "y ~ U[0, 1) from the stream at (key, block)"
  let shape: Shape

  static func fill(_ y: UnsafeMutableBufferPointer<Float>, _ place: StreamPlace) {
    fledge_uniform_f32(
      place.keyLow, place.keyHigh, 0, place.block, y.baseAddress!, y.count)
  }

  static var samples: [Sample] {
    [[], [5], [2, 3], [0], [129]].map {
      Sample(RandomUniform(shape: $0), .indices([2], below: 1000))
    }
  }
}

/// y ~ N(0, 1) from a Philox stream, by Box & Muller (1958).   Shape: int64 [2] → float32 [shape]
struct RandomNormal: RandomPrimitive {
  static let name = "randomNormal"
  static let formula = "y ~ N(0, 1) from the stream at (key, block)"
  let shape: Shape

  static func fill(_ y: UnsafeMutableBufferPointer<Float>, _ place: StreamPlace) {
    fledge_normal_f32(
      place.keyLow, place.keyHigh, 0, place.block, y.baseAddress!, y.count)
  }

  static var samples: [Sample] {
    [[], [5], [2, 3], [0], [129]].map {
      Sample(RandomNormal(shape: $0), .indices([2], below: 1000))
    }
  }
}

/// What draws float32 numbers of a shape from a place in a stream.
protocol RandomPrimitive: SingleOutput {
  var shape: Shape { get }
  /// Writes the numbers; `y` is not empty. The same on every backend, so that a seed is one.
  static func fill(_ y: UnsafeMutableBufferPointer<Float>, _ place: StreamPlace)
}

extension RandomPrimitive {
  static var precision: AutocastRule { .given }
  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    StreamPlace.check(inputs[0], Self.name)
    return TensorType(shape: shape, dtype: .float32)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    Self.drawn(shape, StreamPlace(inputs[0]))
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static func drawn(_ shape: Shape, _ place: StreamPlace) -> Tensor {
    Tensor(shape: shape, writing: Float.self) { if !$0.isEmpty { fill($0, place) } }
  }
}

/// Where in the stream of a key a random operation begins.
struct StreamPlace {
  let key: UInt64
  let block: UInt64

  var keyLow: UInt32 { UInt32(truncatingIfNeeded: key) }
  var keyHigh: UInt32 { UInt32(truncatingIfNeeded: key >> 32) }

  /// Sets aside what `count` numbers take.
  init(_ generator: Generator, count: Int) {
    (key, block) = generator.reserve(blocks: (count + 3) / 4)
  }

  init(_ tensor: Tensor) {
    let words = tensor.array(of: Int64.self)
    (key, block) = (UInt64(bitPattern: words[0]), UInt64(bitPattern: words[1]))
  }

  /// As an input of an operation.   Shape: int64 [2]
  var tensor: Tensor { Tensor([Int64(bitPattern: key), Int64(bitPattern: block)]) }

  /// Reserves `count` numbers of a generator; their place is an operation's input. Draws nothing
  /// where only shapes are computed.
  static func drawing(_ count: Int, from generator: Generator?) -> Tensor {
    if ExecutionContext.current.isAbstract { return Tensor(abstract: type) }
    return StreamPlace(Generator.resolve(generator), count: count).tensor
  }

  private static let type = TensorType(shape: [2], dtype: .int64)

  static func check(_ input: TensorType, _ operation: String) {
    require(
      input == type, operation, "needs a place in a stream, \(type) (key, block), got \(input)")
  }
}
