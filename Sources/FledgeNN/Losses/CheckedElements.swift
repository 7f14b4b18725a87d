import FledgeCore

/// y = x, after a check of each element, since data can be wrong. The check is in a forward rule,
/// because only there do the elements exist.   Shape: [*] → [*]
struct CheckedElements: Primitive {
  static let name = "checkedElements"
  static let formula = "y = x, or a trap"

  /// What is asked of the elements.
  enum Rule: String, Sendable, Codable {
    /// Within 0 … 1.
    case probabilities
    /// Not negative; NaN passes.
    case variances
    /// In the first `lengths[i]` elements of row i a class other than the blank.
    case labels
  }
  let rule: Rule
  /// Whose inputs they are, for the message.
  let operation: String
  var classes = 0
  var blank = 0
  var lengths: [Int] = []

  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy] }
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int { 0 }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let x = inputs[0]
    switch rule {
    case .probabilities:
      require(
        x.array(of: Double.self).allSatisfy { 0 <= $0 && $0 <= 1 }, operation,
        "predictions must be probabilities in 0…1; for logits use binaryCrossEntropyWithLogits")
    case .variances:
      require(
        !x.array(of: Double.self).contains { $0 < 0 }, operation, "a variance cannot be negative")
    case .labels:
      let (labels, width) = (x.array(of: Int.self), x.shape[-1])
      for (row, length) in lengths.enumerated() {
        for label in labels[row * width..<row * width + length]
        where !(0..<classes).contains(label) || label == blank {
          fledgeTrap(
            operation,
            "target \(label) of row \(row) is \(label == blank ? "the blank" : "out of range") "
              + "(\(classes) classes)")
        }
      }
    }
    return [x.detached()]
  }

  static var samples: [Sample] {
    [Rule.probabilities, .variances].map {
      Sample(CheckedElements(rule: $0, operation: name), .uniform([2, 3], 0.1...0.9))
    }
  }
}

extension Tensor {
  /// The same elements, which must be probabilities where they are there.
  func checkedProbabilities(_ operation: String) -> Tensor {
    _ = Operations.areRegistered
    return apply(CheckedElements(rule: .probabilities, operation: operation), self)
  }

  /// The same elements, none of which may be negative.
  func checkedVariances(_ operation: String) -> Tensor {
    _ = Operations.areRegistered
    return apply(CheckedElements(rule: .variances, operation: operation), self)
  }

  /// The same classes [N, S], which where they are there must be such within the lengths of the rows.
  func checkedLabels(classes: Int, blank: Int, lengths: [Int], _ operation: String) -> Tensor {
    _ = Operations.areRegistered
    let check = CheckedElements(
      rule: .labels, operation: operation, classes: classes, blank: blank, lengths: lengths)
    return apply(check, self)
  }
}

/// The operations of this module; in the registry from their first use on.
enum Operations {
  static let all: [any Primitive.Type] = [CheckedElements.self]
  static let areRegistered: Bool = {
    for operation in all { Registry.register(operation) }
    return true
  }()
}
