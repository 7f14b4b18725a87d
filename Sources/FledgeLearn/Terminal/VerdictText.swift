import FledgeCourse
import Foundation

/// A verdict in words, for people: what was tried, expected and got, and where.
package struct VerdictText {
  private let trial: Trial
  private let ink: Ink
  private let names: FileNames

  package init(_ trial: Trial, ink: Ink, names: FileNames) {
    self.trial = trial
    self.ink = ink
    self.names = names
  }

  private var verdict: Verdict { trial.verdict }

  package var lines: [String] { lines(showsChecks: true) }

  /// - Parameter showsChecks: whether all checks are listed. Failures come after them, so that they
  ///   stay visible in a small window.
  package func lines(showsChecks: Bool) -> [String] {
    var lines = headline + [""]
    if showsChecks { lines += checks }
    switch verdict.outcome {
    case .passed: break
    case .uncompiled: lines += compileErrors
    default:
      if let failure = verdict.failures.first {
        lines += text(of: failure)
      } else {
        lines += ending
      }
      lines += guess
    }
    lines += notes + printed
    lines += ["", tested]
    return lines
  }

  /// The verdict and `rest` on a screen of `rows` rows. Where that is too much, the list of checks
  /// goes, then what stands under the newest failure: the failure itself stays in sight.
  package func lines(above rest: [String], rows: Int) -> [String] {
    func split(_ lines: [String]) -> [String] {
      lines.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    }
    let (whole, rest) = (split(lines), split(rest))
    if whole.count + rest.count < rows { return whole + rest }
    let short = split(lines(showsChecks: false))
    let room = max(rows - rest.count - 2, min(rows / 2, 8))
    if short.count <= room { return short + rest }
    return short.prefix(room) + [ink.dim("  …")] + rest
  }

  private var headline: [String] {
    let exercise = trial.exercise
    let name = ink.bold("\(exercise.id) \(exercise.title)")
    let count = "\(verdict.passed.count) of \(verdict.planned.count) checks pass"
    switch verdict.outcome {
    case .passed:
      let expectations = "\(verdict.planned.count) checks, \(verdict.expectations) expectations"
      return ["\(ink.tick) \(name) \(ink.green("passes")): \(expectations)"]
    case .uncompiled: return ["\(ink.cross) \(name) does not compile yet"]
    case .failed: return ["\(ink.cross) \(name): \(count)"]
    case .unwritten where verdict.failures.isEmpty:
      return ["\(ink.ellipsis) \(name) is not written yet: \(count)"]
    case .unwritten: return ["\(ink.cross) \(name): \(count)"]
    case .crashed: return ["\(ink.cross) \(name) stopped: \(count)"]
    case .timedOut:
      let seconds = format(verdict.runSeconds.rounded())
      return ["\(ink.cross) \(name) did not end in \(seconds) s: \(count)"]
    case .outOfMemory:
      return ["\(ink.cross) \(name) used more than \(Assembly.mostMemory) MB of memory: \(count)"]
    case .incomplete:
      return ["\(ink.cross) \(name): not all checks ran, so this is no success: \(count)"]
    }
  }

  // MARK: What went wrong

  private var compileErrors: [String] {
    let errors = verdict.diagnostics.filter(\.isError)
    // Errors in the learner's own files come first: the others mostly follow from them.
    let own = errors.filter { names.isOwn($0.file) }
    let shown = own.isEmpty ? errors : own
    guard !shown.isEmpty else { return verdict.messages.split(separator: "\n").map(String.init) }
    var lines: [String] = []
    for error in shown.prefix(3) {
      lines.append(ink.cyan("  \(names.short(error.file)):\(error.line):\(error.column)"))
      lines += ink.wrapped(error.message, indent: 4)
      if let source = names.sourceLine(error.file, error.line) {
        lines.append("    " + ink.dim(source))
      }
      for note in error.notes.prefix(4) { lines += ink.wrapped("note: \(note)", indent: 4) }
    }
    if shown.count > 3 { lines.append(ink.dim("  … and \(shown.count - 3) more")) }
    if own.isEmpty {
      lines += [""]
      lines += ink.wrapped(
        "The checks use what your file does not have: compare the names and types with the stub.",
        indent: 2)
    }
    return lines
  }

  private func text(of failure: CheckEvent) -> [String] {
    var lines = ink.wrapped(failure.check ?? "", indent: 2).map { ink.red($0) }
    lines += ink.wrapped(failure.what ?? "", indent: 4)
    if let context = failure.context { lines += ink.field("tried", context) }
    lines += ink.field("expected", failure.expected ?? "", ink.green)
    lines += ink.field("got", failure.got ?? "", ink.red)
    if let detail = failure.detail { lines += ink.field("", detail) }
    if let picture = failure.picture {
      lines += [""] + picture.split(separator: "\n").map { "    \($0)" }
    }
    if let place = failure.place { lines.append("    " + ink.dim(names.check(place))) }
    return lines
  }

  private var ending: [String] {
    var lines: [String] = []
    if let check = verdict.interrupted {
      lines += ink.wrapped(check, indent: 2).map { ink.red($0) }
    }
    if let unwritten = verdict.unwritten {
      lines += ink.wrapped(
        "calls a part that is not written yet: \(unwritten.what ?? "")", indent: 4)
      if let place = unwritten.place { lines.append("    " + ink.cyan(names.short(place))) }
    } else if let crash = verdict.crash {
      lines += ink.wrapped("The program stopped: \(reason(of: crash))", indent: 4)
      if let file = crash.file, let line = crash.line {
        lines.append("    " + ink.cyan("\(names.short(file)):\(line)"))
        if let source = names.sourceLine(file, line) { lines.append("    " + ink.dim(source)) }
      }
    } else if verdict.outcome == .timedOut {
      let question =
        verdict.stoodStill
        ? "It stopped doing anything: do threads wait for each other, or for input?"
        : "Is there an endless loop or recursion?"
      lines += ink.wrapped(question, indent: 4) + standing
    } else if verdict.outcome == .outOfMemory {
      lines += ink.wrapped(
        "Is there a loop or recursion that keeps everything it makes?", indent: 4)
      lines += standing
    } else if verdict.planned.isEmpty {
      lines += ink.wrapped("No check ran: the program ended before the first.", indent: 4)
    } else if verdict.outcome == .incomplete {
      lines += ink.wrapped("The program ended before all checks had run.", indent: 4)
    }
    return lines
  }

  private func reason(of crash: Crash) -> String {
    if let message = crash.message { return message }
    if crash.overflowedStack {
      return "a function calls itself, and so on without an end, or too often: the stack is full"
    }
    guard let signal = crash.signal else {
      return "a number too large for its type, a recursion too deep, or memory out of bounds"
    }
    return "\(signal): a number too large for its type, or memory out of bounds"
  }

  private var standing: [String] {
    guard let place = verdict.standing, let file = place.file, let line = place.line else {
      return []
    }
    return ["    It stood here:", "    " + ink.cyan("\(names.short(file)):\(line)")]
      + (names.sourceLine(file, line).map { ["    " + ink.dim($0)] } ?? [])
  }

  private var guess: [String] {
    guard let guess = trial.guess else { return [] }
    let opening = guess.isSure ? "This looks like: " : "Perhaps: "
    return [""] + ink.wrapped(opening + guess.hint, indent: 2).map { ink.yellow($0) }
  }

  // MARK: The rest

  private var checks: [String] {
    guard !verdict.planned.isEmpty else { return [] }
    var lines: [String] = []
    for check in verdict.planned {
      let text = ink.wrapped(check, indent: 4)
      lines.append("  \(mark(of: check)) " + text[0].dropFirst(4))
      lines += text.dropFirst()
    }
    return verdict.outcome == .passed ? lines : lines + [""]
  }

  private func mark(of check: String) -> String {
    if verdict.passed.contains(check) { return ink.tick }
    guard verdict.failed.contains(check) else { return ink.dim(ink.dot) }
    let isUnwritten =
      verdict.unwritten?.check == check && !verdict.failures.contains { $0.check == check }
    return isUnwritten ? ink.ellipsis : ink.cross
  }

  /// What the checks skipped.
  private var notes: [String] {
    guard !verdict.notes.isEmpty else { return [] }
    return [""] + verdict.notes.flatMap { ink.wrapped($0, indent: 2) }.map { ink.dim($0) }
  }

  /// The output of the learner's own `print` calls.
  private var printed: [String] {
    let lines = verdict.output.split(separator: "\n")
    guard !lines.isEmpty else { return [] }
    let shown = lines.prefix(10).map { "    \($0)" }
    let rest = lines.count > 10 ? [ink.dim("    … and \(lines.count - 10) lines more")] : []
    return ["", "  Your code printed:"] + shown + rest
  }

  private var tested: String {
    let seconds = String(
      format: "%.1f s to compile, %.1f s to run", verdict.compileSeconds, verdict.runSeconds)
    return ink.dim("Tested: \(trial.authorship.words(ink))") + "\n" + ink.dim(seconds)
  }
}

extension [Authorship] {
  /// "your 1.5 · the reference's 1.2, 1.3"
  package func words(_ ink: Ink = .plain) -> String {
    func list(_ author: Author) -> String? {
      let ids = filter { $0.author == author }
        .map { $0.exercise + ($0.hasChanged ? " (yours changed since it passed)" : "") }
      guard !ids.isEmpty else { return nil }
      return (author == .learner ? "your " : "the reference's ") + ids.joined(separator: ", ")
    }
    return [list(.learner), list(.reference)].compactMap { $0 }.joined(separator: " \(ink.dot) ")
  }
}
