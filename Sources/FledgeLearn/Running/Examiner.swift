import FledgeCourse
import Foundation

/// Whose version of an exercise a run used.
package struct Authorship: Codable, Sendable, Equatable {
  package var exercise: String
  package var author: Author
  /// Whether the learner's version passed once and has changed since, so that the reference's steps
  /// in.
  package var hasChanged = false
}

/// A run of an exercise's checks on the learner's code.
package struct Trial: Sendable {
  package let exercise: Exercise
  package var verdict: Verdict
  package let authorship: [Authorship]
  package var guess: Guess?

  package init(
    exercise: Exercise, verdict: Verdict, authorship: [Authorship], guess: Guess? = nil
  ) {
    self.exercise = exercise
    self.verdict = verdict
    self.authorship = authorship
    self.guess = guess
  }

  package var passed: Bool { verdict.outcome == .passed }
}

/// Runs the checks on the learner's code.
package struct Examiner: Sendable {
  package let course: CourseFiles
  package let compiler: Compiler
  package let workspace: Workspace
  package let fingerprints: Fingerprints

  package init(
    course: CourseFiles, compiler: Compiler, workspace: Workspace, fingerprints: Fingerprints
  ) {
    self.course = course
    self.compiler = compiler
    self.workspace = workspace
    self.fingerprints = fingerprints
  }

  /// Runs the course's checks on the learner's version of an exercise, and notes it in the journal
  /// if it passes; the next exercise then becomes the current one.
  ///
  /// - Parameter mine: whether to use the learner's versions of the exercises that it needs, where
  ///   they pass.
  package func test(_ exercise: Exercise, mine: Bool) throws(CourseError) -> Trial {
    _ = try workspace.text(of: exercise, in: course)
    let (needs, authorship) = try versions(of: course.needs(of: [exercise.id]), mine: mine)
    let own = Version(exercise, by: .learner, .file(workspace.file(of: exercise, in: course)))
    let (verdict, text) = try verdict(on: own, needs: needs)
    var trial = Trial(
      exercise: exercise, verdict: verdict,
      authorship: [Authorship(exercise: exercise.id, author: .learner)] + authorship)
    if trial.passed {
      try workspace.note { journal in
        // A learner who returns to a passed exercise stays there until they change it.
        let isNews = journal[exercise.id].passed != TextHash(text)
        journal[exercise.id].passed = TextHash(text)
        if isNews, journal.current == exercise.id,
          let next = journal.next(after: exercise.id, in: course)
        {
          journal.current = next.id
        }
      }
    } else {
      trial.guess = fingerprints.guess(verdict, of: exercise)
    }
    return trial
  }

  /// The same checks on the learner's version and on the reference's, with everything observed.
  package func observe(
    _ exercise: Exercise, mine: Bool
  ) throws(CourseError) -> (learner: Verdict, reference: Verdict, authorship: [Authorship]) {
    _ = try workspace.text(of: exercise, in: course)
    let (needs, authorship) = try versions(of: course.needs(of: [exercise.id]), mine: mine)
    let own = Version(exercise, by: .learner, .file(workspace.file(of: exercise, in: course)))
    let learner = try verdict(on: own, needs: needs, observes: true).verdict
    let reference = try verdict(
      on: course.reference(exercise), needs: course.references(neededBy: exercise), observes: true
    ).verdict
    guard reference.outcome == .passed else {
      throw .other(
        "there is nothing to compare with: the reference's own \(exercise.id) gave "
          + "\(([reference.outcome.rawValue] + reference.failed).joined(separator: ": ")); "
          + "see what `swift run learn doctor` says")
    }
    return (
      learner, reference,
      [Authorship(exercise: exercise.id, author: .learner)] + authorship
    )
  }

  /// The verdict, and the learner's text that it is about.
  private func verdict(
    on version: Version, needs: [Version], observes: Bool = false
  ) throws(CourseError) -> (verdict: Verdict, text: String) {
    let exercise = version.exercise
    let folder = workspace.scratch(for: exercise)
    let lock = try Lock(in: folder)
    defer { lock.release() }
    let assembly = Assembly.checks(of: exercise, on: version, needs: needs, course: course)
    var (verdict, text) = (Verdict(outcome: .uncompiled), "")
    repeat {
      // A text saved during the run may or may not be the one that was compiled.
      text = try workspace.text(of: exercise, in: course)
      verdict = try assembly.verdict(
        with: compiler, in: folder, seconds: exercise.seconds, observes: observes,
        tracingInto: workspace.exercises)
    } while try workspace.text(of: exercise, in: course) != text
    verdict.require(fingerprints.exercises[exercise.id]?.checks ?? [])
    return (verdict, text)
  }

  /// The versions of `exercises` to use: the learner's if wanted, passed and unchanged since, else
  /// the reference's.
  package func versions(
    of exercises: [Exercise], mine: Bool
  ) throws(CourseError) -> (versions: [Version], authorship: [Authorship]) {
    let journal = try workspace.journal()
    var (versions, authorship): ([Version], [Authorship]) = ([], [])
    for exercise in exercises {
      let passed = mine ? journal[exercise.id].passed : nil
      let text = passed == nil ? nil : try? workspace.text(of: exercise, in: course)
      if let text, TextHash(text) == passed {
        let file = workspace.file(of: exercise, in: course)
        versions.append(Version(exercise, by: .learner, .file(file)))
        authorship.append(Authorship(exercise: exercise.id, author: .learner))
      } else {
        versions.append(course.reference(exercise))
        authorship.append(
          Authorship(exercise: exercise.id, author: .reference, hasChanged: passed != nil))
      }
    }
    return (versions, authorship)
  }
}

/// Lets only one run of an exercise use its folder; a second run waits.
package struct Lock {
  private let descriptor: Int32

  package init(in folder: URL) throws(CourseError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .other("cannot make the folder \(folder.path): \(error.localizedDescription)")
    }
    descriptor = open(folder.appending(path: "lock").path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    if descriptor >= 0 { flock(descriptor, LOCK_EX) }
  }

  package func release() { if descriptor >= 0 { close(descriptor) } }
}
