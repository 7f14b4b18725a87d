import FledgeCore
import FledgePlots

/// How often each class was predicted as each: the counts behind accuracy, precision, recall and
/// F1.
///
///     var matrix = ConfusionMatrix(classNames: ["negative", "positive"])
///     matrix.add(logits, targets)
///     print(matrix.macro.f1)
///     print(matrix)
///
/// A ratio without cases (the precision of a class that was never predicted) counts as 0, as in
/// scikit-learn.
public struct ConfusionMatrix: Sendable, Equatable {
  /// The names of the classes 0, 1, …
  public let classNames: [String]
  /// `counts[actual][predicted]`
  public private(set) var counts: [[Int]]

  /// No cases yet.
  public init(classNames: [String]) {
    require(!classNames.isEmpty, "ConfusionMatrix", "needs at least one class")
    self.classNames = classNames
    counts = Array(
      repeating: Array(repeating: 0, count: classNames.count), count: classNames.count)
  }

  /// Classes that are named by their numbers.
  public init(classes: Int) { self.init(classNames: (0..<classes).map(String.init)) }

  /// Counts one case.
  public mutating func add(predicted: Int, actual: Int) {
    require(
      classNames.indices.contains(predicted) && classNames.indices.contains(actual),
      "ConfusionMatrix", "class \(predicted) for \(actual), of \(classNames.count) classes")
    counts[actual][predicted] += 1
  }

  /// Adds a batch, each row's prediction being its largest logit.   Shape: [N, C], int64 [N].
  public mutating func add(_ logits: Tensor, _ targets: Tensor) {
    require(
      logits.rank == 2 && logits.shape[1] == classNames.count
        && targets.shape == [logits.shape[0]], "ConfusionMatrix",
      "needs logits [N, \(classNames.count)] and targets [N], the shapes are \(logits.shape) and "
        + "\(targets.shape)")
    let predicted = logits.detached().argmax(axis: 1).array(of: Int.self)
    for (predicted, actual) in zip(predicted, targets.array(of: Int.self)) {
      add(predicted: predicted, actual: actual)
    }
  }

  /// The number of examples added.
  public var total: Int { counts.joined().reduce(0, +) }

  /// The number of examples of class `c`.
  public func support(of c: Int) -> Int { counts[c].reduce(0, +) }

  /// Correct / all.
  public var accuracy: Double {
    Self.ratio(counts.indices.reduce(0) { $0 + counts[$1][$1] }, total)
  }

  /// Precision, recall and F1 of one class, or their averages.
  public struct Scores: Sendable, Equatable {
    /// The fraction of the predictions of this class that are right: TP / (TP + FP).
    public let precision: Double
    /// The fraction of the examples of this class that were predicted: TP / (TP + FN).
    public let recall: Double
    /// The harmonic mean of the two: 2 TP / (2 TP + FP + FN).
    public let f1: Double
  }

  /// The scores of class `c` against all others.
  public func scores(of c: Int) -> Scores {
    let right = counts[c][c]
    let predicted = counts.reduce(0) { $0 + $1[c] }
    let actual = support(of: c)
    return Scores(
      precision: Self.ratio(right, predicted), recall: Self.ratio(right, actual),
      f1: Self.ratio(2 * right, predicted + actual))
  }

  /// The means of the classes' scores, each class counting the same.
  public var macro: Scores {
    let all = counts.indices.map(scores(of:))
    func mean(_ score: (Scores) -> Double) -> Double {
      all.reduce(0) { $0 + score($1) } / Double(all.count)
    }
    return Scores(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
  }

  /// The scores of the counts of all classes together. Where each example has one class all three
  /// equal the accuracy.
  public var micro: Scores { Scores(precision: accuracy, recall: accuracy, f1: accuracy) }

  private static func ratio(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }
}

extension ConfusionMatrix: CustomStringConvertible {
  /// A table: a line for each class with its scores and number of examples, then the macro average
  /// and the accuracy.
  public var description: String {
    let width = max(classNames.map(\.columns).max() ?? 0, "accuracy".count)
    func line(_ name: String, _ cells: [String]) -> String {
      name + String(repeating: " ", count: width - name.columns)
        + cells.map { String(repeating: " ", count: max(11 - $0.count, 1)) + $0 }.joined()
    }
    func line(_ name: String, _ scores: Scores, _ count: Int) -> String {
      line(
        name,
        [scores.precision, scores.recall, scores.f1].map { fixed($0) } + ["\(count)"])
    }
    var lines = [line("", ["precision", "recall", "F1", "examples"])]
    for (c, name) in classNames.enumerated() {
      lines.append(line(name, scores(of: c), support(of: c)))
    }
    lines.append(line("macro", macro, total))
    lines.append(line("accuracy", ["", "", fixed(accuracy), "\(total)"]))
    return lines.joined(separator: "\n")
  }

  private func fixed(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let digits = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
