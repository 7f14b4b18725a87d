import FledgeCore

/// What an operation asks of memory when it runs: buffers, and where its outputs lie in them.
///
/// A shape rule does not say that. `reshape` makes a view or a copy, whichever its input's layout allows,
/// and a kernel may need memory besides its outputs. So a first run notes the footprints;
/// without one, ``Graph/assumedFootprints`` gives each output a buffer of its own.
public struct Footprint: Sendable, Hashable {
  /// Where an output lies.
  public enum Origin: Sendable, Hashable {
    /// In a buffer of this operation.
    case buffer(Int)
    /// In the buffer of an input: the output is a view of it.
    case input(Int)
    /// In memory that lasts, such as a parameter's.
    case outside
  }

  /// Bytes of each buffer, in the order in which the operation asks for them.
  public var buffers: [Int]
  /// One for each output.
  public var outputs: [Origin]

  /// The inputs that the only output may overwrite: when the operation writes an element, it reads
  /// nothing but the element at the same place any more, as elementwise operations do.
  public var overwritable: [Int]

  /// A footprint by its parts.
  public init(buffers: [Int], outputs: [Origin], overwritable: [Int] = []) {
    (self.buffers, self.outputs, self.overwritable) = (buffers, outputs, overwritable)
  }
}

extension Graph {
  /// The footprints where every output has a buffer of its own and nothing else needs memory.
  public var assumedFootprints: [Footprint] {
    equations.map { equation in
      Footprint(
        buffers: equation.types.map { $0.shape.count * $0.dtype.byteCount },
        outputs: equation.types.indices.map { .buffer($0) })
    }
  }

  /// For each value the buffer in which it lies; absent where that is memory from outside.
  func owners(_ footprints: [Footprint]) -> [Value: BufferID] {
    var owners: [Value: BufferID] = [:]
    for (position, (equation, footprint)) in zip(equations, footprints).enumerated() {
      for (value, origin) in zip(equation.outputs, footprint.outputs) {
        switch origin {
        case .buffer(let buffer): owners[value] = BufferID(equation: position, buffer: buffer)
        case .input(let input): owners[value] = owners[equation.inputs[input]]
        case .outside: continue
        }
      }
    }
    return owners
  }
}

extension Graph.Equation {
  /// The buffer of the output, and those of the inputs that it may overwrite where nothing reads them
  /// afterwards: of its size, and no other input lies in them.
  func overwritable(
    _ footprint: Footprint, _ owners: [Graph.Value: BufferID], size: (BufferID) -> Int
  ) -> [(buffer: Int, owner: BufferID)] {
    guard outputs.count == 1, case .buffer(let buffer)? = footprint.outputs.first else { return [] }
    return footprint.overwritable.compactMap { position in
      let value = inputs[position]
      guard let owner = owners[value], size(owner) == footprint.buffers[buffer],
        inputs.allSatisfy({ $0 == value || owners[$0] != owner })
      else { return nil }
      return (buffer, owner)
    }
  }
}

/// A buffer of a graph: the operation that asks for it, and which of its buffers it is.
struct BufferID: Sendable, Hashable {
  let equation: Int
  let buffer: Int
}
