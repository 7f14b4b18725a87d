import FledgeCore
import Foundation

/// y = x with T positions of each row replaced, from a start of its own on; in place where x has no
/// other holder, touching only what is written.
/// Shape: x [B, K, S, D], new [B, K, T, D] → [B, K, S, D]
struct WritePositions: UpdatingPrimitive {
  static let name = "writePositions"
  static let formula = "y = x, y[b, k, start_b + t] = new[b, k, t]"
  /// Of each row, B of them.
  let starts: [Int]

  var targetCount: Int { 1 }
  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (x, new) = (inputs[0], inputs[1])
    let fits =
      x.shape.rank == 4 && new.shape.rank == 4 && new.dtype == x.dtype
      && x.shape[0] == new.shape[0] && x.shape[1] == new.shape[1] && x.shape[3] == new.shape[3]
      && starts.count == x.shape[0]
    require(
      fits && starts.allSatisfy { $0 >= 0 && $0 + new.shape[2] <= x.shape[2] }, Self.name,
      "\(new) cannot be written into \(x) from \(starts) on")
    return [x]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int { 0 }

  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend) {
    let (x, new) = (targets[0], others[0].contiguous())
    let size = x.dtype.byteCount
    let to = x.storage.pointer + x.layout.offset * size
    let from = new.storage.pointer + new.layout.offset * size
    let (heads, positions, written) = (x.shape[1], x.shape[2], new.shape[2])
    let width = x.shape[3] * size
    for row in 0..<x.shape[0] * heads {
      memcpy(
        to + (row * positions + starts[row / heads]) * width, from + row * written * width,
        written * width)
    }
    withExtendedLifetime((x, new)) {}
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let new = g.inputShape(1)
    let hidden = g.needs(0) ? apply(self, g.dy, .zeros(new, dtype: g.dy.dtype)) : nil
    guard g.needs(1) else { return [hidden, nil] }
    let parts = starts.enumerated().map { row, start in
      g.dy[row].sliced(axis: 1, from: start, count: new[2])
    }
    return [hidden, Tensor.stack(parts)]
  }

  static var samples: [Sample] {
    [
      Sample(WritePositions(starts: [1, 0]), .uniform([2, 3, 4, 5]), .uniform([2, 3, 2, 5])),
      Sample(WritePositions(starts: [3]), .uniform([1, 1, 4, 2]), .uniform([1, 1, 1, 2])),
      Sample(WritePositions(starts: [0]), .uniform([1, 2, 3, 1]), .uniform([1, 2, 3, 1])),
    ]
  }
}

/// The operations of this module, by name in the registry from their first use on.
enum Operations {
  static let all: [any Primitive.Type] = [CheckedElements.self, WritePositions.self]
  static let areRegistered: Bool = {
    for operation in all { Registry.register(operation) }
    return true
  }()
}
