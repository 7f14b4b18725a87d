import FledgeCore
import FledgeIO
import FledgeNN
import Foundation

/// How weights that a file stores in blocks are kept.
public enum WeightStorage: Sendable {
  /// As the file has them; activations are rounded to 8 bits for their products.
  case asStored
  /// As float32: exact products, with 6 to 8 times the memory.
  case float32
}

/// The weights of a published model by their names in its files.
struct WeightFiles {
  enum Source {
    case gguf(GGUFFile)
    case safetensors([String: Tensor])
  }

  let source: Source
  let storage: WeightStorage
  let path: String

  var names: [String] {
    switch source {
    case .gguf(let file): file.names
    case .safetensors(let tensors): Array(tensors.keys)
    }
  }

  func contains(_ name: String) -> Bool {
    switch source {
    case .gguf(let file): file.entry(name) != nil
    case .safetensors(let tensors): tensors[name] != nil
    }
  }

  /// A tensor as it is stored, if it has the shape.
  func stored(_ name: String, _ shape: [Int]) throws(ModelError) -> StoredTensor {
    let stored = try stored(name)
    guard stored.shape == shape else {
      throw ModelError(
        .wrongShape(tensor: name, expected: shape, found: stored.shape), path: path)
    }
    return stored
  }

  private func stored(_ name: String) throws(ModelError) -> StoredTensor {
    switch source {
    case .safetensors(let tensors):
      guard let tensor = tensors[name] else { throw ModelError(.missingTensor(name), path: path) }
      return .dense(tensor)
    case .gguf(let file):
      do throws(GGUFError) {
        if storage == .asStored, let blocks = try file.blocks(name) { return .blocks(blocks) }
        return .dense(try file.tensor(name))
      } catch {
        if case .missingTensor = error.fault {
          throw ModelError(.missingTensor(name), path: path)
        }
        throw ModelError(.gguf(error), path: path)
      }
    }
  }

  /// A tensor as float32, mapped where it is stored so.
  func dense(_ name: String, _ shape: [Int]) throws(ModelError) -> Tensor {
    try stored(name, shape).dense
  }
}

extension StoredTensor {
  /// As float32.
  var dense: Tensor {
    switch self {
    case .dense(let tensor): tensor.cast(to: .float32)
    case .blocks(let matrix): matrix.dense
    }
  }

  /// Some of the rows in another order, copied.
  func rows(at indices: [Int]) -> StoredTensor {
    switch self {
    case .dense(let tensor): .dense(tensor.rows(at: Tensor(indices)))
    case .blocks(let matrix): .blocks(matrix.rows(at: indices))
    }
  }
}

/// The form of a layer over weights one below the other, none of which is copied where it is stored in
/// blocks or as float32.
func linearForm(_ weights: [StoredTensor], bias: Tensor? = nil) -> any LinearForm {
  let matrices = weights.compactMap { weight -> BlockMatrix? in
    if case .blocks(let matrix) = weight { matrix } else { nil }
  }
  if matrices.count == weights.count { return BlockLinear(matrices, bias: bias) }
  if weights.count == 1 { return DenseLinear(weight: weights[0].dense, bias: bias) }
  return StackedLinear(weights.map { linearForm([$0]) }, bias: bias)
}

/// Layers of the same inputs one below the other: y = [x W₁ᵀ, x W₂ᵀ, …] + b.
/// Shape: [*, inputs] → [*, the sum of their outputs]
public final class StackedLinear: Module, LinearForm {
  /// The layers, without biases.
  public let parts: [any LinearForm]
  /// [outputs]
  @Parameter public var bias: Tensor?
  public let inputs: Int
  public let outputs: Int

  /// Traps if the layers do not have the same inputs.
  public init(_ parts: [any LinearForm], bias: Tensor? = nil) {
    require(
      !parts.isEmpty && parts.allSatisfy { $0.inputs == parts[0].inputs }, "StackedLinear",
      "needs layers of the same inputs, got \(parts.map(\.inputs))")
    self.parts = parts
    inputs = parts[0].inputs
    outputs = parts.reduce(0) { $0 + $1.outputs }
    self.bias = bias
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = Tensor.concatenate(parts.map { $0(x) }, axis: -1)
    return bias.map { y + $0 } ?? y
  }

  public var denseWeight: Tensor? {
    let weights = parts.compactMap(\.denseWeight)
    return weights.count == parts.count ? Tensor.concatenate(weights, axis: 0) : nil
  }

  public func adding(_ change: Tensor) -> any LinearForm {
    var start = 0
    let changed = parts.map { part -> any LinearForm in
      defer { start += part.outputs }
      return part.adding(change.sliced(axis: 0, from: start, count: part.outputs))
    }
    return StackedLinear(changed, bias: bias)
  }

  public override var details: String {
    parts.map { "\($0.outputs)" }.joined(separator: " + ")
  }
}

/// What a file needs of a layer whose weights stand in it one by one, of so many rows each.
func storedParts(of form: any LinearForm, rows: [Int]) -> [StoredTensor]? {
  if let blocks = form as? BlockLinear, blocks.matrices.map(\.rows) == rows {
    return blocks.matrices.map(StoredTensor.blocks)
  }
  if let stacked = form as? StackedLinear, stacked.parts.map(\.outputs) == rows {
    let parts = stacked.parts.compactMap { storedParts(of: $0, rows: [$0.outputs])?.first }
    return parts.count == rows.count ? parts : nil
  }
  guard let dense = form as? DenseLinear, dense.outputs == rows.reduce(0, +) else { return nil }
  return dense.weight.detached().split(sizes: rows, axis: 0).map(StoredTensor.dense)
}
