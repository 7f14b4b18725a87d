import FledgeCourse

extension Comparison {
  /// The output of `learn diff`.
  package func lines(_ exercise: Exercise, _ verdict: Verdict, ink: Ink) -> [String] {
    var lines: [String] = []
    if let divergence {
      lines += [ink.bold("\(exercise.id) \(exercise.title): the first difference"), ""]
      lines += divergence.lines(ink)
    } else if agreed == 0 {
      lines.append("\(exercise.id) \(exercise.title): nothing came out that could be compared")
    } else {
      lines.append("\(ink.tick) \(ink.bold("\(exercise.id) \(exercise.title)")): nothing differs")
    }
    let place = divergence == nil ? "" : " before that"
    lines += ["", ink.dim("\(agreed) observations\(place) agree")]
    if let parting {
      lines += [""]
      lines += ink.wrapped("The operations differ earlier, which need not be wrong:", indent: 2)
      lines += ink.wrapped("in \(parting.check)", indent: 4)
      lines += ink.field("yours", parting.learner, columns: 14)
      lines += ink.field("the reference", parting.reference, columns: 14)
    }
    switch verdict.outcome {
    case .unwritten:
      lines += ink.wrapped(
        "Yours reached a part that is not written: \(verdict.unwritten?.what ?? "")")
    case .crashed:
      lines += ink.wrapped("Yours stopped: \(verdict.crash?.message ?? "by a trap")")
    case .timedOut: lines.append("Yours exceeded its time limit.")
    case .outOfMemory: lines.append("Yours exceeded its memory limit.")
    default: break
    }
    return lines
  }
}

extension Divergence {
  fileprivate func lines(_ ink: Ink) -> [String] {
    var lines = ink.wrapped(check, indent: 2).map { ink.red($0) }
    let noun =
      switch place {
      case .expectation: label
      case .step: "step \(label)"
      case .operation: "operation \(label)"
      case .backwardOperation: "operation \(label), in a backward pass"
      }
    switch kind {
    case .value: lines += ink.wrapped(noun, indent: 4)
    case .gradient: lines += ink.wrapped("the gradient of \(noun)", indent: 4)
    case .ending: lines += ink.wrapped("the reference goes on with \(noun)", indent: 4)
    }
    if let element { lines += ink.field("element", "\(element)", columns: 14) }
    if kind == .ending {
      lines += ink.field("yours", learner, columns: 14)
    } else {
      lines += ink.field("yours", learner, ink.red, columns: 14)
      if let learnerLayout { lines += ink.field("", learnerLayout, columns: 14) }
      lines += ink.field("the reference", reference, ink.green, columns: 14)
      if let referenceLayout { lines += ink.field("", referenceLayout, columns: 14) }
    }
    if let before { lines += ink.field("before it", before, columns: 14) }
    return lines
  }
}
