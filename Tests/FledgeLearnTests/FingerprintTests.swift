import FledgeCourse
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeLearn

@Suite struct FingerprintTests {
  private let plan = ["a", "b", "c"]

  private func failing(_ checks: [String], got: String) -> Verdict {
    verdict(
      events(
        plan: plan, passed: plan.filter { !checks.contains($0) },
        failed: checks.map { (check: $0, what: "twice 3", got: got) }),
      status: 1)
  }

  private func known(_ mutants: [String: Fingerprint]) -> Fingerprints {
    var fingerprints = Fingerprints()
    fingerprints.exercises["9.1"] = Fingerprints.Record(checks: plan, mutants: mutants)
    return fingerprints
  }

  private func print(_ checks: [String], _ got: String) -> Fingerprint {
    Fingerprint(
      failed: checks,
      values: Dictionary(uniqueKeysWithValues: checks.map { ($0, "twice 3: \(got)") }))
  }

  private var three: Fingerprints {
    known([
      "adds-one": print(["b"], "7"), "triples": print(["b", "c"], "9"),
      "forgets": print(["b", "c"], "3"),
    ])
  }

  @Test func `Numbers may differ by what processors round, and by no more`() {
    func wrong(_ value: String, in check: String = "a") -> Fingerprint {
      Fingerprint(failed: [check], values: [check: value])
    }
    let one = wrong("x: [1.23456, -2e-12, 3]")
    #expect(one.matches(wrong("x: [1.23457, 3e-12, 3]")))
    #expect(!one.matches(wrong("x: [1.24, -2e-12, 3]")))
    #expect(!one.matches(wrong("x: [1.23456, -2e-12]")))
    #expect(!one.matches(wrong("y: [1.23456, -2e-12, 3]")))
    #expect(!one.matches(wrong("x: [1.23456, -2e-12, 3]", in: "b")))
    let counted = wrong("of GPT-2: 124438272")
    #expect(counted.matches(wrong("of GPT-2: 124438272")))
    #expect(!counted.matches(wrong("of GPT-2: 124438528")))
    #expect(wrong("-0").matches(wrong("0")))
  }

  @Test func `Long texts are compared as far as they go, and blanks do not count`() {
    func wrong(_ numbers: String) -> Fingerprint {
      Fingerprint(of: failing(["b"], got: numbers))
    }
    let zeros = String(repeating: " 0.0000e+00,", count: 40)
    let noise = String(repeating: "-4.8617e-31, ", count: 40)
    #expect(wrong("[1,\(zeros)]").matches(wrong("[1, \(noise)]")))
    #expect(!wrong("[1,\(zeros)]").matches(wrong("[2, \(noise)]")))
    #expect(wrong("[1,  2]").matches(wrong("[1,\n 2]")))
  }

  @Test func `Long texts that differ without a number before the cut are two`() {
    let words = String(repeating: "no number, ", count: 30)
    let one = Fingerprint(failed: ["a"], values: ["a": String(words.prefix(200))])
    let other = Fingerprint(failed: ["a"], values: ["a": "1 2 3 " + String(words.prefix(194))])
    #expect(!one.matches(other) && !other.matches(one))
    #expect(one.matches(one))
  }

  @Test func `Checks that fail now and then make nothing stale`() throws {
    try withSmallCourse { small in
      let course = SmallCourse.course(small.root, [SmallCourse.double])
      var fewer = three
      fewer.exercises["9.1"]?.mutants["triples"] = print(["b"], "9")
      #expect(three.staleFindings(fewer, course: course).isEmpty)
      fewer.exercises["9.1"]?.mutants["triples"] = print(["a"], "9")
      #expect(three.staleFindings(fewer, course: course).count == 1)

      var varying = SmallCourse.double
      varying = Exercise(
        varying.id, file: varying.file, title: varying.title, goal: varying.goal,
        needs: varying.needs, source: varying.source, hints: varying.hints,
        mutants: varying.mutants.map {
          Mutant(
            $0.name, hint: $0.hint, edits: $0.edits.map { ($0.text, $0.replacement) }, varies: true)
        })
      let loose = SmallCourse.course(small.root, [varying])
      fewer.exercises["9.1"]?.mutants["triples"] = print(["b"], "10")
      #expect(three.staleFindings(fewer, course: course).count == 1)
      #expect(three.staleFindings(fewer, course: loose).isEmpty)
      fewer.exercises["9.1"]?.mutants["triples"] = print(["a"], "9")
      #expect(three.staleFindings(fewer, course: loose).count == 1)
    }
  }

  @Test func `What is another thing in each run counts for nothing`() {
    let one = Fingerprint(failed: ["a", "b"], values: ["a": "sum: 7", "b": "sum: 8"])
    let again = one.common(
      with: Fingerprint(failed: ["a", "b"], values: ["a": "sum: 9", "b": "sum: 8"]))
    #expect(again == Fingerprint(failed: ["a", "b"], values: ["b": "sum: 8"]))
    #expect(again.isCompatible(with: one))
    #expect(!again.matches(one))
    let other = Fingerprint(failed: ["c"], values: ["c": "sum: 9"])
    #expect(!again.isCompatible(with: other))
    #expect(one.common(with: one) == one)
    let nothing = one.common(with: other)
    #expect(nothing.isEmpty && !again.isEmpty)
    #expect(!nothing.isCompatible(with: one) && !one.isCompatible(with: nothing))
    #expect(!nothing.matches(one))
    // A mutant that says it varies may show other values and other checks, if one is the same.
    let busy = Fingerprint(failed: ["a", "c"], values: ["a": "sum: 9"])
    #expect(!busy.isCompatible(with: one) && busy.isCompatible(with: one, varies: true))
    #expect(!other.isCompatible(with: one, varies: true))
    #expect(!nothing.isCompatible(with: one, varies: true))
    let racing = known(["adds-one": Fingerprint(failed: ["b"], values: [:])])
    #expect(racing.guess(failing(["b"], got: "7"), of: SmallCourse.double) == nil)
  }

  @Test func `A failure like a mutant's earns its hint`() {
    let guess = three.guess(failing(["b", "c"], got: "9"), of: SmallCourse.double)
    #expect(guess == Guess(mutant: "triples", hint: "Three times.", isSure: true))
  }

  @Test func `Where only the failed checks agree there is no hint`() {
    #expect(three.guess(failing(["b"], got: "99"), of: SmallCourse.double) == nil)
    #expect(three.guess(failing(["b", "c"], got: "99"), of: SmallCourse.double) == nil)
  }

  @Test func `That something does not hold is less than a value, and only a perhaps`() {
    let truth = known([
      "adds-one": Fingerprint(failed: ["b"], values: ["b": "twice 3: false"]),
      "triples": print(["c"], "9"),
    ])
    let alone = truth.guess(failing(["b"], got: "false"), of: SmallCourse.double)
    #expect(alone == Guess(mutant: "adds-one", hint: "One too many.", isSure: false))
    #expect(truth.guess(failing(["a", "b"], got: "false"), of: SmallCourse.double) == nil)
  }

  @Test func `Of two mistakes at a time one is named, by a check that it alone reaches`() {
    let both = verdict(
      events(plan: plan, failed: [("a", "twice 3", "7"), ("b", "twice 3", "9"), ("c", "x", "1")]),
      status: 1)
    let record = known(["adds-one": print(["a"], "7"), "triples": print(["b", "c"], "8")])
    let guess = record.guess(both, of: SmallCourse.double)
    #expect(guess == Guess(mutant: "adds-one", hint: "One too many.", isSure: false))
    // The beginning of a large tensor may be the same for many mistakes.
    let long = String(repeating: "1, ", count: 100)
    let cut = Fingerprint(of: failing(["a"], got: long)).values["a"] ?? ""
    let large = known(["adds-one": Fingerprint(failed: ["a"], values: ["a": cut])])
    #expect(large.guess(failing(["a", "b"], got: long), of: SmallCourse.double) == nil)
    // A check that holds rules out what breaks it.
    let wide = known(["adds-one": print(["a", "b"], "7")])
    #expect(wide.guess(failing(["a"], got: "7"), of: SmallCourse.double) == nil)
    // Where two mutants show the same, neither is named.
    let alike = known(["adds-one": print(["a"], "7"), "forgets": print(["a"], "7")])
    #expect(alike.guess(both, of: SmallCourse.double) == nil)
  }

  @Test func `Two mutants that fail alike earn nothing, and so does a failure of its own`() {
    let alike = known(["adds-one": print(["b"], "7"), "triples": print(["b"], "7")])
    #expect(alike.guess(failing(["b"], got: "7"), of: SmallCourse.double) == nil)
    #expect(alike.ambiguities().map(\.mutants) == [["adds-one", "triples"]])
    #expect(three.ambiguities().isEmpty)
    #expect(three.guess(failing(["a"], got: "7"), of: SmallCourse.double) == nil)
    #expect(Fingerprints().guess(failing(["b"], got: "7"), of: SmallCourse.double) == nil)
  }

  @Test func `A part that is not written yet hides only the checks after it`() {
    let begun = verdict(
      events(plan: plan, passed: ["a"], failed: [("b", "twice 3", "9")], unwritten: "c"), status: 1)
    #expect(begun.outcome == .unwritten)
    #expect(three.guess(begun, of: SmallCourse.double)?.mutant == "triples")
    let untouched = verdict(events(plan: plan, unwritten: "a"), status: 1)
    #expect(three.guess(untouched, of: SmallCourse.double) == nil)
  }

  @Test func `A crash is told by its message`() {
    var begun = events(plan: plan, passed: ["a", "b"])
    begun.removeLast()
    func crash(_ reason: String) -> Verdict {
      verdict(begun, status: 5, crashed: true, errors: "a.swift:1: Fatal error: \(reason)")
    }
    let found = Fingerprint(of: crash("Index out of range"))
    #expect(found == Fingerprint(failed: ["b"], values: ["b": "crashed: Index out of range"]))
    #expect(!found.matches(Fingerprint(of: crash("Division by zero"))))
    // Without a message a crash is any crash.
    let silent = verdict(begun, status: 11, crashed: true)
    #expect(Fingerprint(of: silent) == Fingerprint(failed: ["b"], values: [:]))
  }

  @Test func `What is stale or missing is found, and what is right is not`() throws {
    try withSmallCourse { small in
      let course = SmallCourse.course(small.root, [SmallCourse.double])
      #expect(three.staleFindings(three, course: course).isEmpty)
      #expect(Fingerprints().staleFindings(three, course: course).count == 1)

      var changed = three
      changed.exercises["9.1"]?.mutants["triples"] = print(["b", "c"], "8")
      changed.exercises["9.1"]?.mutants["adds-one"] = nil
      changed.exercises["9.1"]?.mutants["new"] = print(["b"], "1")
      changed.exercises["9.1"]?.checks = ["a"]
      let findings = three.staleFindings(changed, course: course)
      #expect(
        findings.map(\.variant).sorted() == ["adds-one", "fingerprints", "new", "triples"])
      #expect(findings.allSatisfy { $0.fault?.contains("learn prove --write") == true })

      var orphan = three
      orphan.exercises["9.9"] = orphan.exercises["9.1"]
      #expect(orphan.staleFindings(three, course: course).map(\.subject) == ["9.9"])
    }
  }

  @Test func `Of a solution that does not pass nothing is written down`() throws {
    var good = Proof.Finding("9.1", "solution")
    good.checks = plan
    var mutant = Proof.Finding("9.1", "triples")
    mutant.fingerprint = print(["b"], "9")
    let found = Fingerprints.from([good, mutant], of: [SmallCourse.double])
    #expect(found == known(["triples": print(["b"], "9")]))
    for (checks, fault) in [([], "does not compile"), (plan, "failed: b"), ([], nil)] {
      var bad = Proof.Finding("9.1", "solution", fault: fault)
      bad.checks = checks
      let nothing = Fingerprints.from([bad, mutant], of: [SmallCourse.double])
      #expect(nothing == Fingerprints())
      try withSmallCourse { small in
        #expect(three.updated(from: nothing, course: small.course) == three)
      }
    }
  }

  @Test func `A region of one line says something if it calls or computes`() {
    #expect(Proof.tellingText(ofWhole: ["  max(x, 0)"]) == "max(x,0)")
    #expect(Proof.tellingText(ofWhole: ["  // why", "  2 * x + 10", ""]) == "2*x+10")
    #expect(Proof.tellingText(ofWhole: ["  gradient"]) == nil)
    #expect(Proof.tellingText(ofWhole: ["  x + y"]) == nil)
    #expect(Proof.tellingText(ofWhole: ["  max(x, 0)", "  return x"]) == nil)
  }

  @Test func `They are written and read again, and a broken file is an error`() throws {
    try withSmallCourse { small in
      let file = Fingerprints.file(in: small.root)
      #expect(try Fingerprints.read(in: small.root) == Fingerprints())
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try three.text.write(to: file, atomically: true, encoding: .utf8)
      #expect(try Fingerprints.read(in: small.root) == three)
      try "{".write(to: file, atomically: true, encoding: .utf8)
      #expect(throws: CourseError.self) { try Fingerprints.read(in: small.root) }
    }
  }
}
