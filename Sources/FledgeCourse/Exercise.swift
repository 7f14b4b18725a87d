/// One exercise as the course knows it: a card, in `Sources/Course/<chapter's folder>/`.
///
/// The code stands in `Sources/Exercises/<chapter's folder>/`, for the file `Ex1_5_Backward`:
/// - `Ex1_5_Backward.swift`: the solution, its parts to be written marked as regions;
/// - `Ex1_5_BackwardChecks.swift`: the checks, `let checks1_5: [Check]`.
///
/// Cards are a target of their own, so that the runner builds and works while a solution does not.
public struct Exercise: Sendable {
  /// Chapter and number, "1.5".
  public let id: String
  /// The name of its file, "Ex1_5_Backward".
  public let file: String
  /// What it is about, in a few words.
  public let title: String
  /// What is to be written and why, in a sentence or two.
  public let goal: String
  /// The exercises whose code this one calls; their own needs come with them.
  public let needs: [String]
  /// Where the idea comes from: the course's task, the paper.
  public let source: String
  /// Three hints: where to look, how to go about it, nearly the code.
  public let hints: [String]
  /// Wrong solutions that people really write, each of which the checks must reject.
  public let mutants: [Mutant]
  /// How much of the processor's time one run of the checks may take before it is stopped. By the
  /// clock it may take five times as long, or as long without doing anything.
  public let seconds: Double
  /// Whether its code is compiled with optimization, for work that would crawl without.
  public let isOptimized: Bool

  /// A card; see the properties.
  public init(
    _ id: String, file: String, title: String, goal: String, needs: [String] = [], source: String,
    hints: [String], mutants: [Mutant], seconds: Double = 30, isOptimized: Bool = false
  ) {
    self.id = id
    self.file = file
    self.title = title
    self.goal = goal
    self.needs = needs
    self.source = source
    self.hints = hints
    self.mutants = mutants
    self.seconds = seconds
    self.isOptimized = isOptimized
  }

  /// Orders "1.2" before "1.10".
  public static func order(_ id: String) -> [Int] {
    id.split(separator: ".").compactMap { Int($0) }
  }
}

/// A wrong solution: the solution with pieces of its text replaced.
public struct Mutant: Sendable {
  /// Its name in lists, "forgets-to-accumulate".
  public let name: String
  /// What its author hears: what went wrong, without the solution.
  public let hint: String
  /// Each text stands exactly once in the solution's file.
  public let edits: [Edit]

  /// One text in place of another.
  public struct Edit: Sendable {
    /// What stands in the solution.
    public let text: String
    /// What stands there in the mutant.
    public let replacement: String
  }

  /// A mutant of one edit.
  public init(_ name: String, hint: String, replace text: String, with replacement: String) {
    self.init(name, hint: hint, edits: [(text, replacement)])
  }

  /// A mutant of several edits: (text, replacement) each.
  public init(_ name: String, hint: String, edits: [(String, String)]) {
    self.name = name
    self.hint = hint
    self.edits = edits.map { Edit(text: $0.0, replacement: $0.1) }
  }
}

/// A chapter: its exercises in order, and what is trained with them at its end.
public struct Chapter: Sendable {
  /// 0, 1, 2, …
  public let number: Int
  /// What it is about, in a few words.
  public let title: String
  /// Its folder below `Sources/Exercises` and in a learner's `Exercises`, "Chapter01_ScalarAutograd".
  public let folder: String
  /// Its text below `docs/course`, "01-scalar-autograd.md".
  public let text: String
  /// In the order in which they are to be solved.
  public let exercises: [Exercise]
  /// What is trained at its end; nil for none.
  public let milestone: MilestoneCard?

  /// `Chapter(1, "Scalar autograd", folder: …)`
  public init(
    _ number: Int, _ title: String, folder: String, text: String, exercises: [Exercise],
    milestone: MilestoneCard? = nil
  ) {
    self.number = number
    self.title = title
    self.folder = folder
    self.text = text
    self.exercises = exercises
    self.milestone = milestone
  }
}

/// What a chapter ends in: something real that trains with the learner's parts. Its code is
/// `func milestone1(_ run: MilestoneRun)` in `Milestone1.swift` beside the exercises.
public struct MilestoneCard: Sendable {
  /// What is trained, in a few words.
  public let title: String
  /// What is trained, on what, and what must come out.
  public let promise: String
  /// The number that decides, as ``MilestoneRun/report(_:_:)`` names it.
  public let metric: String
  /// What the metric must reach.
  public let goal: Goal
  /// The exercises whose code it runs on.
  public let needs: [String]
  /// Runs that must miss the goal, or the goal means nothing: the name given to
  /// ``MilestoneRun/control``, and what is broken there.
  public let controls: [(name: String, meaning: String)]
  /// How much of the processor's time one run may take before it is stopped, as
  /// ``Exercise/seconds``.
  public let seconds: Double

  /// A bound for the metric.
  public enum Goal: Sendable {
    /// For accuracies and the like.
    case atLeast(Double)
    /// For losses and errors.
    case atMost(Double)

    /// Whether a run with this value of the metric reaches the goal; NaN never does.
    public func isReached(by value: Double) -> Bool {
      switch self {
      case .atLeast(let bound): value >= bound
      case .atMost(let bound): value <= bound
      }
    }
  }

  /// A card; see the properties.
  public init(
    title: String, promise: String, metric: String, goal: Goal, needs: [String],
    controls: [(name: String, meaning: String)], seconds: Double = 120
  ) {
    self.title = title
    self.promise = promise
    self.metric = metric
    self.goal = goal
    self.needs = needs
    self.controls = controls
    self.seconds = seconds
  }
}
