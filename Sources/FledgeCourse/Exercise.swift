/// The card of an exercise, in `Sources/ExerciseCards/<chapter's folder>/`: what the runner knows
/// about it.
///
/// The code is in `Sources/Exercises/<chapter's folder>/`, for the file `Ex1_5_Backward`:
/// - `Ex1_5_Backward.swift`: the solution, with the parts to be written marked as regions;
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
  /// What to write and why, in a sentence or two.
  public let goal: String
  /// The exercises whose code this one calls; their needs are included automatically.
  public let needs: [String]
  /// Where the idea comes from: the course's task, the paper.
  public let source: String
  /// Three hints: where to look, how to go about it, nearly the code.
  public let hints: [String]
  /// Common wrong solutions, each of which the checks must reject.
  public let mutants: [Mutant]
  /// The limit of processor time for one run of the checks. A run is also stopped after five times
  /// as long by the clock, or after as long without using the processor.
  public let seconds: Double
  /// Whether its code is compiled with optimization; without it some exercises would be too slow.
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
  /// The hint for its author: what went wrong, without the solution.
  public let hint: String
  /// The replacements; each text occurs exactly once in the solution's file.
  public let edits: [Edit]
  /// Whether it fails in another way from run to run or from machine to machine: threads race, it reads
  /// memory that is not its own, or it trains astray, where the last bit of a sum decides. Its
  /// fingerprint then holds what was seen once.
  public let varies: Bool

  /// One text in place of another.
  public struct Edit: Sendable {
    /// The text in the solution.
    public let text: String
    /// The text in the mutant.
    public let replacement: String
  }

  /// A mutant of one edit.
  public init(
    _ name: String, hint: String, replace text: String, with replacement: String,
    varies: Bool = false
  ) {
    self.init(name, hint: hint, edits: [(text, replacement)], varies: varies)
  }

  /// A mutant of several edits: (text, replacement) each.
  public init(_ name: String, hint: String, edits: [(String, String)], varies: Bool = false) {
    self.name = name
    self.hint = hint
    self.edits = edits.map { Edit(text: $0.0, replacement: $0.1) }
    self.varies = varies
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
  /// The exercises, in the order to solve them.
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

/// The end of a chapter: something real that trains with the learner's parts. Its code is `func
/// milestone1(_ run: MilestoneRun)` in `Milestone1.swift` beside the exercises.
public struct MilestoneCard: Sendable {
  /// What is trained, in a few words.
  public let title: String
  /// What is trained, on what data, and which result it must reach.
  public let promise: String
  /// The metric that decides, by its name in ``MilestoneRun/report(_:_:)``.
  public let metric: String
  /// What the metric must reach.
  public let goal: Goal
  /// The exercises whose code it runs on.
  public let needs: [String]
  /// Control runs, which must miss the goal: the name in ``MilestoneRun/control``, and what that
  /// run breaks.
  public let controls: [(name: String, meaning: String)]
  /// The limit of processor time for one run, as ``Exercise/seconds``.
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
