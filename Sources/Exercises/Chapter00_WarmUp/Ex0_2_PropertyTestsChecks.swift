import FledgeCore
import FledgeCourse
import Foundation

/// Operators written once more, in other ways than exercise 0.1 has them.
private let trueOperators = OperatorSet(
  mul: { $0 * $1 }, id: { $0 }, add: { $0 + $1 }, neg: { 0 - $0 }, lt: { $0 < $1 ? 1 : 0 },
  eq: { $0 == $1 ? 1 : 0 }, max: { fmax($0, $1) }, isClose: { ($0 - $1).magnitude < 0.01 ? 1 : 0 },
  sigmoid: {
    $0 < 0 ? Foundation.exp($0) / (1 + Foundation.exp($0)) : 1 / (1 + Foundation.exp(-$0))
  },
  relu: { fmax($0, 0) }, log: { Foundation.log($0) }, exp: { Foundation.exp($0) },
  inverse: { pow($0, -1) }, logBack: { $1 / $0 }, inverseBack: { -$1 * pow($0, -2) },
  reluBack: { $0 > 0 ? $1 : 0 })

/// A planted wrong set: what is wrong with it, and how it is made.
private struct Planted: Sendable {
  let fault: String
  let operators: OperatorSet

  init(_ fault: String, _ breakIt: (inout OperatorSet) -> Void) {
    self.fault = fault
    var operators = trueOperators
    breakIt(&operators)
    self.operators = operators
  }
}

/// One test of the learner with what it is tried on.
private struct Grading: Sendable {
  let name: String
  /// The numbers in the order of the test's arguments.
  let arguments: [String]
  let samples: [[Double]]
  let test: @Sendable (OperatorSet, [Double]) -> Bool
  let planted: [Planted]

  var checks: [Check] {
    [
      Check("your test \(name) accepts right operators") {
        accepts($0, trueOperators, "right operators")
      },
      Check("your test \(name) catches every planted wrong operator") { rejects($0) },
    ]
  }

  func accepts(_ c: Recorder, _ operators: OperatorSet, _ whose: String) {
    for sample in samples {
      let numbers = zip(arguments, sample).map { "\($0) = \($1)" }.joined(separator: ", ")
      let isAccepted = c.trying(numbers) {
        c.expect(test(operators, sample), "PropertyTests.\(name) holds for \(whose)")
      }
      if !isAccepted { return }
    }
  }

  private func rejects(_ c: Recorder) {
    let survivors = planted.filter { planted in
      samples.allSatisfy { test(planted.operators, $0) }
    }
    c.picture {
      "    Not caught, as \(name) is true on all \(samples.count) samples:\n"
        + survivors.map { "      · \($0.fault)" }.joined(separator: "\n")
    }
    c.expect(
      "\(planted.count - survivors.count) of \(planted.count)",
      equals: "\(planted.count) of \(planted.count)",
      "how many of the planted wrong operators PropertyTests.\(name) catches")
  }
}

/// Random numbers with the troublemakers among them: 0, equal ones, small and large.
private func samples(_ count: Int, seed: UInt64) -> [[Double]] {
  let generator = Generator(seed: seed)
  return (0..<300).map { number in
    let width = number % 3 == 0 ? 1000.0 : number % 3 == 1 ? 3 : 30
    var sample = (0..<count).map { _ in generator.uniform(in: -width..<width) }
    if number % 10 == 0 { sample[generator.integer(below: count)] = 0 }
    if number % 10 == 5 { sample = sample.map { _ in sample[0] } }
    return sample
  }
}

/// Random numbers with an absolute value between 0.1 and 4.
private func moderateSamples(_ count: Int, seed: UInt64) -> [[Double]] {
  let generator = Generator(seed: seed)
  return (0..<300).map { _ in
    (0..<count).map { _ in
      (generator.bernoulli(0.5) ? 1 : -1) * generator.uniform(in: 0.1..<4)
    }
  }
}

private let gradings: [Grading] = [
  Grading(
    name: "arithmetic", arguments: ["x", "y", "z"], samples: samples(3, seed: 1),
    test: { PropertyTests.arithmetic($0, $1[0], $1[1], $1[2]) },
    planted: [
      Planted("a mul that ignores the sign of its second argument") { $0.mul = { $0 * abs($1) } },
      Planted("a mul that is always 0") { $0.mul = { _, _ in 0 } },
      Planted("a mul that adds") { $0.mul = { $0 + $1 } },
      Planted("an add that subtracts") { $0.add = { $0 - $1 } },
      Planted("an add that is 1 too large") { $0.add = { $0 + $1 + 1 } },
      Planted("an add that returns the larger argument") { $0.add = { fmax($0, $1) } },
      Planted("a neg that makes every number negative") { $0.neg = { -abs($0) } },
      Planted("a neg that returns its argument") { $0.neg = { $0 } },
      Planted("an id that rounds to whole numbers") { $0.id = { $0.rounded() } },
    ]),
  Grading(
    name: "comparison", arguments: ["x", "y", "z"], samples: samples(3, seed: 2),
    test: { PropertyTests.comparison($0, $1[0], $1[1], $1[2]) },
    planted: [
      Planted("an lt that is true of equal numbers, too") { $0.lt = { $0 <= $1 ? 1 : 0 } },
      Planted("an lt that is a greater-than") { $0.lt = { $0 > $1 ? 1 : 0 } },
      Planted("an lt that compares absolute values") { $0.lt = { abs($0) < abs($1) ? 1 : 0 } },
      Planted("an lt that turns round where the numbers are far apart") {
        $0.lt = { (abs($0 - $1) > 100) == ($0 > $1) && $0 != $1 ? 1 : 0 }
      },
      Planted("an eq that is never true") { $0.eq = { _, _ in 0 } },
      Planted("an eq that is always true") { $0.eq = { _, _ in 1 } },
      Planted("a max that returns the smaller argument") { $0.max = { fmin($0, $1) } },
      Planted("a max that returns its first argument") { op in op.max = { x, _ in x } },
      Planted("a max that returns a bound above both") { $0.max = { fmax($0, $1) + 1 } },
      Planted("an isClose that is true whenever x is below y") {
        $0.isClose = { $0 - $1 < 0.01 ? 1 : 0 }
      },
      Planted("an isClose that is true of equal numbers only") {
        $0.isClose = { $0 == $1 ? 1 : 0 }
      },
      Planted("an isClose that is always true") { $0.isClose = { _, _ in 1 } },
    ]),
  Grading(
    name: "sigmoid", arguments: ["x", "y"], samples: samples(2, seed: 3),
    test: { PropertyTests.sigmoid($0, $1[0], $1[1]) },
    planted: [
      Planted("a sigmoid that falls") { $0.sigmoid = { trueOperators.sigmoid(-$0) } },
      Planted("a sigmoid that is ½ everywhere") { $0.sigmoid = { _ in 0.5 } },
      Planted("a sigmoid that goes from −1 to 1") { $0.sigmoid = { tanh($0) } },
      Planted("a sigmoid that is twice as steep") {
        $0.sigmoid = { trueOperators.sigmoid(2 * $0) }
      },
      Planted("a sigmoid made of three straight pieces") {
        $0.sigmoid = { fmin(fmax(0.5 + $0 / 4, 0), 1) }
      },
      Planted("a sigmoid that jumps from 0 to 1") {
        $0.sigmoid = { $0 == 0 ? 0.5 : $0 < 0 ? 0 : 1 }
      },
      Planted("a sigmoid that is half as steep below 0") {
        $0.sigmoid = { trueOperators.sigmoid($0 < 0 ? $0 / 2 : $0) }
      },
      Planted("a sigmoid that is not a number for large x") {
        $0.sigmoid = { Foundation.exp($0) / (1 + Foundation.exp($0)) }
      },
    ]),
  Grading(
    name: "relu", arguments: ["x"], samples: samples(1, seed: 4),
    test: { PropertyTests.relu($0, $1[0]) },
    planted: [
      Planted("a relu that lets everything through") { $0.relu = { $0 } },
      Planted("a relu that leaks: 0.01 x below 0") { $0.relu = { $0 > 0 ? $0 : 0.01 * $0 } },
      Planted("a relu that is the absolute value") { $0.relu = { abs($0) } },
      Planted("a relu that keeps the negative side") { $0.relu = { fmin($0, 0) } },
      Planted("a relu that ends at 6") { $0.relu = { fmin(fmax($0, 0), 6) } },
      Planted("a relu that is always 0") { $0.relu = { _ in 0 } },
      Planted("a relu that is 1 at 0") { $0.relu = { $0 == 0 ? 1 : fmax($0, 0) } },
      Planted("a relu that only says whether x is positive") { $0.relu = { $0 > 0 ? 1 : 0 } },
    ]),
  Grading(
    name: "exponential", arguments: ["x", "y"], samples: moderateSamples(2, seed: 5),
    test: { PropertyTests.exponential($0, $1[0], $1[1]) },
    planted: [
      Planted("a log of base 10") { $0.log = { log10($0) } },
      Planted("a log that is a straight line, right at 1 and at e") {
        $0.log = { ($0 - 1) / (M_E - 1) }
      },
      Planted("log and exp of base 2") {
        $0.log = { log2($0) }
        $0.exp = { exp2($0) }
      },
      Planted("an exp that is a parabola: 1 + x + x²/2") { $0.exp = { 1 + $0 + $0 * $0 / 2 } },
      Planted("an exp that is 1 too small") { $0.exp = { expm1($0) } },
      Planted("an inverse that is always positive") { $0.inverse = { 1 / abs($0) } },
      Planted("an inverse that changes the sign instead") { $0.inverse = { -$0 } },
    ]),
  Grading(
    name: "backward", arguments: ["x", "d"], samples: moderateSamples(2, seed: 6),
    test: { PropertyTests.backward($0, $1[0], $1[1]) },
    planted: [
      Planted("a logBack that forgets d") { $0.logBack = { x, _ in 1 / x } },
      Planted("a logBack that multiplies by x") { $0.logBack = { $0 * $1 } },
      Planted("an inverseBack of the wrong sign") { $0.inverseBack = { $1 / ($0 * $0) } },
      Planted("an inverseBack with x instead of x²") { $0.inverseBack = { -$1 / $0 } },
      Planted("an inverseBack whose sign is that of x") {
        $0.inverseBack = { -$1 / ($0 * abs($0)) }
      },
      Planted("an inverseBack that forgets d") { $0.inverseBack = { x, _ in -1 / (x * x) } },
      Planted("a reluBack that lets everything through") { op in op.reluBack = { _, d in d } },
      Planted("a reluBack that forgets d") { op in op.reluBack = { x, _ in x > 0 ? 1 : 0 } },
      Planted("a reluBack that lets positive d through instead") {
        $0.reluBack = { $1 > 0 ? $1 : 0 }
      },
      Planted("a reluBack that returns x · d") { $0.reluBack = { $0 > 0 ? $0 * $1 : 0 } },
    ]),
]

let checks0_2: [Check] =
  gradings.flatMap(\.checks) + [
    Check("the operators of exercise 0.1 pass all your tests") { c in
      for grading in gradings {
        grading.accepts(c, OperatorSet(), "the operators of exercise 0.1")
      }
    }
  ]
