import FledgeCourse
import Foundation

/// The studio's playground on a learner's code: `learn studio` compiles it, the studio runs it.
package enum Playground {
  /// A part of the networks there, and whose exercises it runs.
  package struct Part: Codable, Sendable {
    package var name: String
    package var authorship: [Authorship]
  }

  /// What the playground can take from the course, and the exercises that end in it.
  package static let parts = [
    (name: "operators", exercises: ["0.1", "0.3"]), (name: "scalars", exercises: ["1.5"]),
    (name: "kernels", exercises: ["3.5"]), (name: "operations", exercises: ["4.4", "4.5", "4.6"]),
    (name: "layers", exercises: ["5.3"]), (name: "optimizer", exercises: ["6.1", "6.2"]),
  ]

  /// The chapters that bring a network of their own to it.
  private static let networks = [1, 4]

  private static let description = "playground.json"

  /// Compiles the playground in `folder` on the learner's versions where they pass, and on the
  /// reference's otherwise; returns whose they are.
  package static func build(
    with examiner: Examiner, in folder: URL
  ) throws(CourseError) -> [Part] {
    let course = examiner.course
    let exercises = try course.closure(of: parts.flatMap(\.exercises))
    let (versions, authorship) = try examiner.versions(of: exercises, mine: true)
    let result = try Assembly.playground(
      on: versions, course: course,
      networks: course.chapters.filter { networks.contains($0.number) }
    )
    .compile(with: examiner.compiler, in: folder)
    guard result.succeeded else {
      let first = Diagnostic.parse(result.messages).first(where: \.isError)
      throw .other(
        "your exercises do not compile together: "
          + (first.map { "\($0.file):\($0.line): \($0.message)" } ?? result.messages))
    }
    var described: [Part] = []
    for (name, ids) in parts {
      let used = Set(try course.closure(of: ids).map(\.id))
      described.append(
        Part(name: name, authorship: authorship.filter { used.contains($0.exercise) }))
    }
    do {
      let data = try JSONEncoder().encode(described)
      try data.write(to: folder.appending(path: description), options: .atomic)
    } catch {
      throw .other("cannot write in \(folder.path): \(error.localizedDescription)")
    }
    return described
  }

  /// What ``build(with:in:)`` has written.
  package static func read(in folder: URL) throws -> [Part] {
    try JSONDecoder().decode(
      [Part].self, from: Data(contentsOf: folder.appending(path: description)))
  }
}

extension Assembly {
  /// The program that trains for the studio's playground, as its own files do, on these exercises.
  fileprivate static func playground(
    on versions: [Version], course: CourseFiles, networks: [Chapter]
  ) -> Assembly {
    let folder = course.root.appending(path: "Sources/StudioServer/Play")
    let shared = ["PlayConfiguration", "PlayNetwork", "PlayParts", "PlayTraining", "PlayView"]
    var assembly = Assembly(
      files: shared.map { folder.appending(path: "\($0).swift") }
        + networks.map { course.playgroundFile(of: $0) }, texts: [])
    for version in versions { assembly.add(version) }
    assembly.texts.append(
      (
        "main.swift",
        """
        import Fledge

        extension MyLinear: PlayLinear {}
        extension ScalarPlayground: PlayNetwork {}
        extension OperationPlayground: PlayNetwork {}

        let parts = PlayParts(
          linear: { MyLinear($0, $1) },
          optimizer: { rule, model, rate in
            switch rule {
            case .sgd: MomentumSGD(model.parameters(), learningRate: rate)
            case .momentum: MomentumSGD(model.parameters(), learningRate: rate, momentum: 0.9)
            case .adam: AdamOptimizer(model.parameters(), learningRate: rate)
            case .rmsprop, .lion: rule.optimizer(model, rate)
            }
          }, backend: LearnerBackend(),
          networks: [
            .scalars: {
              ScalarPlayground(
                [2] + $0.hidden + [1], activation: $0.activation.rawValue, seed: UInt64($0.seed))
            },
            .operations: {
              OperationPlayground(
                [2] + $0.hidden + [1], activation: $0.activation.rawValue, seed: UInt64($0.seed))
            },
          ])
        try parts.serve()

        """
      ))
    assembly.isOptimized = true
    return assembly
  }
}
