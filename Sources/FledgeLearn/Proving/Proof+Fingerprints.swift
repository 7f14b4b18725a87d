import FledgeCourse

extension Fingerprints {
  /// The fingerprints in findings about exercises. An exercise whose solution does not pass has
  /// none.
  package static func from(_ findings: [Proof.Finding], of exercises: [Exercise]) -> Fingerprints {
    var result = Fingerprints()
    for exercise in exercises {
      let own = findings.filter { $0.subject == exercise.id }
      let solution = own.first { $0.variant == Proof.Variant.solution.name }
      guard let checks = solution?.checks, !checks.isEmpty, solution?.fault == nil else { continue }
      let mutants = own.compactMap { finding in
        finding.fingerprint.map { (finding.variant, $0) }
      }
      result.exercises[exercise.id] = Record(
        checks: checks, mutants: Dictionary(mutants) { first, _ in first })
    }
    return result
  }

  /// These fingerprints, updated with those of `other`, without exercises that no longer exist.
  package func updated(from other: Fingerprints, course: CourseFiles) -> Fingerprints {
    var result = self
    result.exercises.merge(other.exercises) { $1 }
    let known = Set(course.exercises.map(\.id))
    result.exercises = result.exercises.filter { known.contains($0.key) }
    return result
  }

  /// Where these differ from the fingerprints just found.
  package func staleFindings(_ found: Fingerprints, course: CourseFiles) -> [Proof.Finding] {
    func stale(_ id: String, _ variant: String, _ reason: String) -> Proof.Finding {
      Proof.Finding(id, variant, fault: "\(reason); run `learn prove --write`")
    }
    /// The mutants of an exercise that fail in another way from run to run.
    func varying(_ id: String) -> Set<String> {
      let mutants = course.exercises.first { $0.id == id }?.mutants ?? []
      return Set(mutants.filter(\.varies).map(\.name))
    }
    var findings: [Proof.Finding] = []
    for (id, new) in found.exercises.sorted(by: { $0.key < $1.key }) {
      guard let old = exercises[id] else {
        findings.append(stale(id, "fingerprints", "there are none"))
        continue
      }
      if old.checks != new.checks {
        findings.append(stale(id, "fingerprints", "the checks are others"))
      }
      let varying = varying(id)
      for name in Set(old.mutants.keys).union(new.mutants.keys).sorted() {
        switch (old.mutants[name], new.mutants[name]) {
        case (let before?, let now?)
        where before.isCompatible(with: now, varies: varying.contains(name)):
          continue
        case (nil, _): findings.append(stale(id, name, "its fingerprint is missing"))
        case (_, nil): findings.append(stale(id, name, "there is no such mutant"))
        case (let before?, let now?):
          findings.append(
            stale(
              id, name,
              "its fingerprint is stale:\n  was \(before.words)\n  is  \(now.words)"))
        }
      }
    }
    let known = Set(course.exercises.map(\.id))
    for id in exercises.keys.sorted() where !known.contains(id) {
      findings.append(stale(id, "fingerprints", "there is no such exercise"))
    }
    return findings
  }

  /// Pairs of mutants of an exercise that fail in the same way, so that no hint can be chosen.
  package func ambiguities() -> [(exercise: String, mutants: [String])] {
    exercises.sorted { $0.key < $1.key }.flatMap { id, record in
      var found: [(exercise: String, mutants: [String])] = []
      let names = record.mutants.keys.sorted()
      for (i, a) in names.enumerated() {
        for b in names.dropFirst(i + 1) {
          let (one, other) = (record.mutants[a]!, record.mutants[b]!)
          guard one.matches(other) else { continue }
          found.append((id, [a, b]))
        }
      }
      return found
    }
  }
}

extension Fingerprint {
  fileprivate var words: String {
    failed.map { "\(values[$0] ?? "one thing or another") in \($0)" }.joined(separator: "; ")
  }
}
