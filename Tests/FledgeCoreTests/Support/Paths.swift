import FledgeCore
import FledgeTestSupport

/// One way to compute an operation: a dtype, a backend, and the operation itself or the composed form
/// of its primitive.
struct ComputationPath: CustomStringConvertible, Sendable {
  let dtype: DType
  var isReference = false
  var isComposed = false

  /// What the others are held against: doubles in plain Swift.
  static let oracle = ComputationPath(dtype: .float64, isReference: true)
  static let wide: [ComputationPath] = [
    .init(dtype: .float32), .init(dtype: .float32, isReference: true), .init(dtype: .float64),
    .init(dtype: .float32, isComposed: true), .init(dtype: .float64, isComposed: true),
  ]
  static let halves: [ComputationPath] = [
    .init(dtype: .float16), .init(dtype: .bfloat16), .init(dtype: .bfloat16, isReference: true),
  ]

  var description: String {
    "\(dtype) on \(isReference ? "the reference" : "the CPU")\(isComposed ? ", composed" : "")"
  }
}

/// Outputs "y0", …, gradients "dx0", … of their weighted sum by the floating inputs, and gradients
/// "ddx0", … of the weighted sum of those.
typealias PathResult = [(part: String, values: [Double])]

extension ComputationPath {
  /// Runs a primitive; nil where it has no composed form. Floating inputs are cast to the dtype.
  func result(of primitive: any Primitive, _ inputs: [Tensor]) -> PathResult? {
    result(inputs) { leaves in
      if !isComposed { return applied(primitive, leaves) }
      return primitive.composed(Tensors(leaves)).map {
        Array($0.dropLast(primitive.auxiliaryOutputCount))
      }
    }
  }

  /// The same for any function of tensors.
  func result(_ inputs: [Tensor], _ f: ([Tensor]) -> [Tensor]?) -> PathResult? {
    isReference
      ? withBackend(.reference) { computed(inputs, f) } : withBackend(.cpu) { computed(inputs, f) }
  }

  private func computed(_ inputs: [Tensor], _ f: ([Tensor]) -> [Tensor]?) -> PathResult? {
    withGradients {
      let leaves = inputs.map {
        $0.dtype.isFloatingPoint ? $0.cast(to: dtype).requiringGradients() : $0
      }
      let floating = leaves.filter { $0.dtype.isFloatingPoint }
      guard let outputs = f(leaves) else { return nil }
      var result: PathResult = []
      func add(_ kind: String, _ tensors: [Tensor]) {
        for (i, tensor) in tensors.enumerated() {
          result.append(("\(kind)\(i)", tensor.array(of: Double.self)))
        }
      }
      add("y", outputs)
      guard let total = weightedSum(outputs) else { return result }
      let first = gradients(of: total, withRespectTo: floating, createGraph: true)
      add("dx", first)
      guard let again = weightedSum(first) else { return result }
      add("ddx", gradients(of: again, withRespectTo: floating))
      return result
    }
  }

  /// Σ w · y with weights that every type holds; nil where no tensor is in a graph.
  private func weightedSum(_ tensors: [Tensor]) -> Tensor? {
    let used = tensors.filter { $0.requiresGradients }
    if used.isEmpty { return nil }
    return used.reduce(Tensor(0, dtype: .float64)) { total, y in
      let weights = Tensor((0..<y.count).map { 0.5 + Double($0 % 5) * 0.25 }, shape: y.shape)
      return total + (y * weights.cast(to: y.dtype)).sum().cast(to: .float64)
    }
  }
}

/// Whether one path's numbers are another's: NaN where that is NaN, infinite with the same sign
/// where that is infinite or too large for the type, close to it elsewhere.
struct PathAgreement {
  private let largest: Double
  private let tolerance: Double

  init(of dtype: DType) {
    (largest, tolerance) =
      switch dtype {
      case .float16: (65504, 2e-2)
      case .bfloat16: (0x1.fep127, 1e-1)
      case .float32: (Double(Float.greatestFiniteMagnitude), 1e-3)
      default: (.greatestFiniteMagnitude, 1e-7)
      }
  }

  /// The first element that does not agree. Differences are measured by the largest of the values.
  func disagreement(_ actual: [Double], _ expected: [Double]) -> Int? {
    if actual.count != expected.count { return 0 }
    let scale = expected.map(\.magnitude).filter { $0 < largest }.max() ?? 0
    return actual.indices.first { i in
      let (a, e) = (actual[i], expected[i])
      if e.isNaN || a.isNaN { return e.isNaN != a.isNaN }
      if e.magnitude > 0.99 * largest { return a.magnitude < 0.9 * largest || a.sign != e.sign }
      return !a.isFinite || (a - e).magnitude > tolerance * max(scale, 1)
    }
  }

  /// A sentence for each part that does not agree; a part that one of them lacks counts as zeros.
  func sentences(_ actual: PathResult, _ expected: PathResult) -> [(part: String, text: String)] {
    let found = Dictionary(uniqueKeysWithValues: actual.map { ($0.part, $0.values) })
    return expected.compactMap { part, values in
      let own = found[part] ?? [Double](repeating: 0, count: values.count)
      guard let i = disagreement(own, values) else { return nil }
      return (part, "\(part)[\(i)] is \(own[i]), not \(values[i])")
    }
  }
}
