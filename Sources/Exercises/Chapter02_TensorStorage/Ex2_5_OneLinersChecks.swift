import Fledge
import FledgeCourse

let checks2_5: [Check] = [
  Check("ones") { c in
    for n in [1, 4] {
      expect(c, "ones(\(n))", [], Tensor(doubles(n) { _ in 1 })) { OneLiners.ones(n) }
    }
  },
  Check("sum") { c in
    for n in [1, 5] {
      let a = numbers(n)
      let total = a.array(of: Double.self).reduce(0, +)
      expect(c, "sum(\(a))", [a], Tensor(total)) { OneLiners.sum(a) }
    }
  },
  Check("outer") { c in
    let (a, b) = (numbers(3), numbers(4))
    let products = a.array().flatMap { x in b.array().map { x * $0 } }
    expect(c, "outer(\(a), \(b))", [a, b], Tensor(products, shape: [3, 4])) {
      OneLiners.outer(a, b)
    }
  },
  Check("diagonal") { c in
    for n in [1, 3] {
      let a = numbers(n * n).reshaped([n, n])
      let values = a.array()
      expect(c, "diagonal(\(a))", [a], Tensor((0..<n).map { values[$0 * n + $0] })) {
        OneLiners.diagonal(a)
      }
    }
  },
  Check("identity") { c in
    for n in [1, 3] {
      expect(c, "identity(\(n))", [], matrix(n) { $0 == $1 ? 1 : 0 }) { OneLiners.identity(n) }
    }
  },
  Check("upperTriangle") { c in
    for n in [1, 4] {
      expect(c, "upperTriangle(\(n))", [], matrix(n) { $0 <= $1 ? 1 : 0 }) {
        OneLiners.upperTriangle(n)
      }
    }
  },
  Check("cumulativeSum") { c in
    let a = numbers(5)
    let values = a.array(of: Double.self)
    let sums = Tensor(doubles(5) { values[...$0].reduce(0, +) })
    expect(c, "cumulativeSum(\(a))", [a], sums) { OneLiners.cumulativeSum(a) }
  },
  Check("difference") { c in
    for n in [1, 5] {
      let a = numbers(n)
      let values = a.array(of: Double.self)
      let steps = Tensor(doubles(n) { $0 == 0 ? values[0] : values[$0] - values[$0 - 1] })
      expect(c, "difference(\(a))", [a], steps) { OneLiners.difference(a) }
    }
  },
  Check("stackRows") { c in
    let (a, b) = (numbers(3), numbers(3) * 10)
    expect(c, "stackRows(\(a), \(b))", [a, b], Tensor(a.array() + b.array(), shape: [2, 3])) {
      OneLiners.stackRows(a, b)
    }
  },
  Check("roll and flip") { c in
    for n in [1, 4] {
      let a = numbers(n)
      let values = a.array()
      expect(c, "roll(\(a))", [a], Tensor(Array(values.dropFirst()) + [values[0]])) {
        OneLiners.roll(a)
      }
      expect(c, "flip(\(a))", [a], Tensor(Array(values.reversed()))) { OneLiners.flip(a) }
    }
  },
  Check("sequenceMask") { c in
    let x = numbers(12).reshaped([3, 4])
    let lengths = Tensor([2, 0, 4] as [Int])
    let values = x.array()
    let kept = [2, 0, 4]
    let masked = values.indices.map { $0 % 4 < kept[$0 / 4] ? values[$0] : 0 }
    expect(
      c, "sequenceMask(\(x), lengths: [2, 0, 4])", [x, lengths], Tensor(masked, shape: [3, 4])
    ) { OneLiners.sequenceMask(x, lengths: lengths) }
  },
  Check("binCount") { c in
    let a = Tensor([2, 1, 4, 1, 2, 2] as [Int])
    expect(c, "binCount([2, 1, 4, 1, 2, 2], 6)", [a], [0, 2, 3, 0, 1, 0]) {
      OneLiners.binCount(a, 6)
    }
  },
  Check("scatterAdd") { c in
    let values: Tensor = [0.5, 1.25, 2.5, 4.75]
    let indices = Tensor([1, 3, 1, 0] as [Int])
    expect(
      c, "scatterAdd([0.5, 1.25, 2.5, 4.75], [1, 3, 1, 0], 5)", [values, indices],
      [4.75, 3, 0, 1.25, 0]
    ) { OneLiners.scatterAdd(values, indices, 5) }
  },
]

/// Numbers that are not whole, so that none of them passes for a constant.
private func numbers(_ n: Int) -> Tensor { mixedNumbers([n]) + 0.25 }

private func doubles(_ n: Int, _ f: (Int) -> Double) -> [Float] { (0..<n).map { Float(f($0)) } }

private func matrix(_ n: Int, _ f: (Int, Int) -> Float) -> Tensor {
  Tensor((0..<n * n).map { f($0 / n, $0 % n) }, shape: [n, n])
}

/// Expects a puzzle's answer, made by allowed operations from its inputs alone.
private func expect(
  _ c: Recorder, _ call: String, _ inputs: [Tensor], _ expected: Tensor, _ answer: () -> Tensor
) {
  var seen = Seen(known: inputs)
  let result = observingOperations({ seen.note($0) }, in: answer)
  c.trying(call) {
    c.expect(result, near: expected, "result")
    c.expect(seen.forbidden, equals: [], "operations that are not allowed")
    c.expect(
      seen.strange.map { "\($0)" }, equals: [],
      "tensors that came neither from the inputs, nor from arange, nor from an operation")
    c.expect(result.dtype != .bool, "the result holds numbers, and not true and false")
    c.expect(seen.knows(result), "the result came out of an operation")
    c.expect(seen.count <= 12, "one line of at most 12 operations, not \(seen.count)")
  }
}

/// What passed Fledge's door.
private struct Seen {
  var count = 0
  var forbidden: [String] = []
  var strange: [Tensor] = []
  /// What may go into an operation. Kept, so that no new buffer gets the place of an old one.
  var known: [Tensor]

  private static let allowed: Set<String> = [
    "add", "subtract", "multiply", "negate", "compare", "where", "take", "reshape", "broadcast",
    "matmul", "cast",
  ]

  init(known: [Tensor]) { self.known = known }

  func knows(_ x: Tensor) -> Bool { known.contains { $0.storage === x.storage } }

  mutating func note(_ operation: PassedOperation) {
    count += 1
    if !Self.allowed.contains(operation.name) { forbidden.append(operation.name) }
    strange += operation.inputs.filter { !knows($0) && !isWholeNumber($0) && !isCounting($0) }
    known += operation.inputs + operation.outputs
  }

  private func isWholeNumber(_ x: Tensor) -> Bool {
    x.rank == 0 && x.item() == x.item().rounded()
  }

  /// Whether it is what `arange` makes, or a reshaped one.
  private func isCounting(_ x: Tensor) -> Bool {
    x.dtype == .int64 && x.array(of: Int.self) == Array(0..<x.count)
  }
}
