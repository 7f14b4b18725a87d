import FledgeCourse
import Foundation

/// The first difference between two runs of the same checks.
package struct Divergence: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable {
    /// Both reached the same place with different values.
    case value
    /// The values agree, their gradients differ.
    case gradient
    /// One run went on where the other ended.
    case ending
  }

  package var kind: Kind
  package var check: String
  /// The step, expectation or operation.
  package var place: Observation.Kind
  package var label: String
  /// The element by its indices, `[1, 2]`; nil if there is none.
  package var element: [Int]?
  package var learner: String
  package var reference: String
  /// Shapes and strides where the value is a tensor.
  package var learnerLayout: String?
  package var referenceLayout: String?
  /// The last observation that agreed.
  package var before: String?
}

/// Where the two runs took different operations, which may be right.
package struct Parting: Codable, Sendable, Equatable {
  package var check: String
  package var learner: String
  package var reference: String
}

/// Compares two runs of the same checks, observation by observation.
///
/// Results (what checks expect, and the steps that they name) decide: different operations, or
/// another order, may be right. If a result differs, the operations since the last result that
/// agreed tell where the difference began.
package struct Comparison: Codable, Sendable, Equatable {
  /// How many observations agree.
  package private(set) var agreed = 0
  /// Where the operations first differ while values still agree.
  package private(set) var parting: Parting?
  package private(set) var divergence: Divergence?

  package init(learner: [CheckEvent], reference: [CheckEvent]) {
    var checks: [String] = []
    for event in reference {
      if let check = event.check, checks.last != check { checks.append(check) }
    }
    for check in checks where divergence == nil {
      let mine = Self.observations(of: check, in: learner)
      let theirs = Self.observations(of: check, in: reference)
      guard let first = Self.firstDifference(mine, theirs, in: check) else {
        agreed += theirs.count { !$0.isOperation }
        noteParting(check, mine, theirs)
        continue
      }
      agreed += first
      let before = first > 0 ? theirs.filter { !$0.isOperation }[first - 1].words : nil
      compare(
        check, Self.part(of: mine, upTo: first), Self.part(of: theirs, upTo: first), before: before)
    }
  }

  /// The index of the first result that differs; 0 if there are no results, so that operations
  /// decide.
  private static func firstDifference(
    _ learner: [Observation], _ reference: [Observation], in check: String
  ) -> Int? {
    let (mine, theirs) = (learner.filter { !$0.isOperation }, reference.filter { !$0.isOperation })
    if theirs.isEmpty { return 0 }
    return theirs.indices.first { i in
      guard i < mine.count, mine[i].kind == theirs[i].kind, mine[i].label == theirs[i].label else {
        return true
      }
      return mine[i].difference(from: theirs[i], in: check, before: nil) != nil
    }
  }

  /// From after the result before number `count` to it.
  private static func part(of all: [Observation], upTo count: Int) -> [Observation] {
    var results = 0
    return all.filter { observation in
      defer { results += observation.isOperation ? 0 : 1 }
      return results == count
    }
  }

  private mutating func noteParting(
    _ check: String, _ learner: [Observation], _ reference: [Observation]
  ) {
    guard parting == nil,
      let (a, b) = zip(learner, reference).first(where: {
        $0.kind != $1.kind || $0.label != $1.label
      })
    else { return }
    parting = Parting(check: check, learner: a.words, reference: b.words)
  }

  private static func observations(of check: String, in events: [CheckEvent]) -> [Observation] {
    events.filter { $0.check == check }.compactMap(\.observation)
  }

  private mutating func compare(
    _ check: String, _ learner: [Observation], _ reference: [Observation], before: String?
  ) {
    var (mine, theirs) = (learner[...], reference[...])
    var before = before
    while let a = mine.first, let b = theirs.first {
      if a.kind != b.kind || a.label != b.label {
        if a.isOperation || b.isOperation {
          if parting == nil {
            parting = Parting(check: check, learner: a.words, reference: b.words)
          }
          // From here on the operations differ; the check's own results do not.
          mine = mine.filter { !$0.isOperation }[...]
          theirs = theirs.filter { !$0.isOperation }[...]
          continue
        }
        divergence = Divergence(
          kind: .ending, check: check, place: b.kind, label: b.label, learner: a.words,
          reference: b.words, before: before)
        return
      }
      if let found = a.difference(from: b, in: check, before: before) {
        divergence = found
        return
      }
      agreed += 1
      before = a.words
      mine = mine.dropFirst()
      theirs = theirs.dropFirst()
    }
    // More operations than the reference's may be another solution; fewer results are a fault.
    guard let next = theirs.first(where: { !$0.isOperation }) else { return }
    divergence = Divergence(
      kind: .ending, check: check, place: next.kind, label: next.label, learner: "nothing more",
      reference: next.words, before: before)
  }
}

extension Observation {
  /// "step hidden", "operation matmul of [2, 3], [3, 4]"
  package var words: String {
    switch kind {
    case .expectation: label
    case .step: "step \(label)"
    case .operation: "operation \(label)"
    case .backwardOperation: "operation \(label), backward"
    }
  }

  fileprivate func difference(
    from other: Observation, in check: String, before: String?
  ) -> Divergence? {
    func divergence(_ kind: Divergence.Kind, _ a: ObservedValue, _ b: ObservedValue) -> Divergence?
    {
      guard let place = a.firstDifference(from: b) else { return nil }
      return Divergence(
        kind: kind, check: check, place: self.kind, label: label,
        element: place.map { b.indices(of: $0) }, learner: a.text(at: place),
        reference: b.text(at: place), learnerLayout: a.layout, referenceLayout: b.layout,
        before: before)
    }
    if let found = divergence(.value, value, other.value) { return found }
    switch (gradient, other.gradient) {
    case (let a?, let b?): return divergence(.gradient, a, b)
    case (nil, nil): return nil
    case (let a, let b):
      return Divergence(
        kind: .gradient, check: check, place: kind, label: label,
        learner: a?.text(at: nil) ?? "no gradient", reference: b?.text(at: nil) ?? "no gradient",
        before: before)
    }
  }
}

extension ObservedValue {
  /// Whether the two differ, and in which element; `.some(nil)` means as a whole.
  fileprivate func firstDifference(from other: ObservedValue) -> Int?? {
    if text != other.text || shape != other.shape || count != other.count { return .some(nil) }
    // float32 carries seven digits, and sums of many numbers lose one or two.
    let tolerance = dtype == nil || dtype == "float64" ? 1e-7 : 2e-5
    let known = 0..<min(elements.count, other.elements.count)
    if let i = known.first(where: { !isNear(elements[$0], other.elements[$0], tolerance) }) {
      return i
    }
    let isWhole = known.count == count
    let scale = max(1, Double(count).squareRoot())
    if !isWhole, !isNear(sum / scale, other.sum / scale, tolerance) { return .some(nil) }
    return nil
  }

  fileprivate func indices(of position: Int) -> [Int] {
    guard let shape else { return [position] }
    var rest = position
    var result: [Int] = []
    for size in shape.reversed() {
      result.insert(rest % max(size, 1), at: 0)
      rest /= max(size, 1)
    }
    return result
  }

  fileprivate func text(at place: Int?) -> String {
    if let text { return text }
    if let place, elements.indices.contains(place) { return format(elements[place]) }
    if let shape { return "a tensor of shape \(shape) whose elements sum to \(format(sum))" }
    return elements.count == 1 ? format(elements[0]) : format(elements)
  }

  fileprivate var layout: String? {
    guard let shape, let strides, let dtype else { return nil }
    return "\(dtype) \(shape), strides \(strides)"
  }
}
