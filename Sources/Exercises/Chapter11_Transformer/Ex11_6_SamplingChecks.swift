import FledgeCore
import FledgeCourse
import Foundation

let checks11_6: [Check] = checksOfProbabilities + checksOfDrawing + checksOfBeams

/// The logits of probabilities 0.4, 0.3, 0.2, 0.1, in another order.
private let logits = [log(0.2), log(0.4), log(0.1), log(0.3)]

private let checksOfProbabilities: [Check] = [
  Check("as they are, the probabilities are the model's") { c in
    c.expect(TokenChoice().probabilities(logits), near: [0.2, 0.4, 0.1, 0.3], "temperature 1")
    c.expect(
      TokenChoice().probabilities(logits.map { $0 + 7 }), near: [0.2, 0.4, 0.1, 0.3],
      "with 7 added to each logit")
  },
  Check("a temperature divides the logits") { c in
    // At temperature 1/2 the probabilities are squared, at 2 their roots are taken.
    c.expect(
      TokenChoice(temperature: 0.5).probabilities(logits),
      near: [0.04, 0.16, 0.01, 0.09].map { $0 / 0.3 }, "temperature 1/2")
    let roots = [0.2, 0.4, 0.1, 0.3].map { $0.squareRoot() }
    c.expect(
      TokenChoice(temperature: 2).probabilities(logits),
      near: roots.map { $0 / roots.reduce(0, +) }, "temperature 2")
  },
  Check("temperature 0 takes the largest, of equals the first") { c in
    c.expect(TokenChoice(temperature: 0).probabilities(logits), near: [0, 1, 0, 0], "of four")
    c.expect(
      TokenChoice(temperature: 0).probabilities([1, 5, 5, 5]), near: [0, 1, 0, 0],
      "of three that are equal")
  },
  Check("only the k likeliest stay") { c in
    c.expect(
      TokenChoice(topK: 2).probabilities(logits), near: [0, 4.0 / 7, 0, 3.0 / 7], "topK 2")
    c.expect(
      TokenChoice(topK: 9).probabilities(logits), near: [0.2, 0.4, 0.1, 0.3],
      "topK 9 of four tokens")
    c.expect(
      TokenChoice(topK: 2).probabilities([2, 2, 2, 2]), near: [0.5, 0.5, 0, 0],
      "topK 2 of four that are equal: the first two")
  },
  Check("the nucleus is the fewest that are enough, with the one that makes it enough") { c in
    let (two, three): ([Double], [Double]) = (
      [0, 4, 0, 3].map { $0 / 7 }, [2, 4, 0, 3].map { $0 / 9 }
    )
    let cases: [(Double, [Double])] = [
      (0.35, [0, 1, 0, 0]), (0.45, two), (0.65, two), (0.75, three), (1, [0.2, 0.4, 0.1, 0.3]),
      (0, [0, 1, 0, 0]),
    ]
    for (p, expected) in cases {
      c.expect(
        TokenChoice(topP: p).probabilities(logits), near: expected,
        "topP \(p) of 0.2, 0.4, 0.1, 0.3")
    }
    c.expect(
      TokenChoice(topP: 0.5).probabilities([-.infinity, 1, 1]), near: [0, 1, 0],
      "topP 0.5 of 0, ½, ½: the first has just enough")
  },
  Check("first the temperature, then k, then the nucleus of what is left") { c in
    // Of the three likeliest, 4/9, 3/9, 2/9, the first has less than a half; of all, 0.4.
    c.expect(
      TokenChoice(topK: 3, topP: 0.43).probabilities(logits), near: [0, 1, 0, 0],
      "topK 3 leaves 4/9 for the likeliest, which is enough for topP 0.43")
    // Squared: 16/30, 9/30, 4/30, 1/30.
    c.expect(
      TokenChoice(temperature: 0.5, topP: 0.5).probabilities(logits), near: [0, 1, 0, 0],
      "at temperature 1/2 the likeliest has 16/30, which is enough for topP 0.5")
  },
  Check("large logits and impossible tokens are no trouble") { c in
    c.expect(
      TokenChoice().probabilities([5000, 5000 - log(3.0), -5000]), near: [0.75, 0.25, 0],
      "5000, 5000 − ln 3 and −5000")
    c.expect(
      TokenChoice(temperature: 0.7, topP: 0.99).probabilities([-.infinity, 1, 1]),
      near: [0, 0.5, 0.5], "−∞, 1, 1")
  },
]

private let checksOfDrawing: [Check] = [
  Check("one number decides, and falls on the tokens in their order") { c in
    let probabilities = [0.2, 0, 0.5, 0.3]
    for seed in 1...200 {
      let u = Generator(seed: UInt64(seed)).uniform()
      let generator = Generator(seed: UInt64(seed))
      let copy = Generator(seed: UInt64(seed))
      _ = copy.uniform()
      let token = TokenChoice.draw(probabilities, using: generator)
      c.trying("u = \(u)") {
        c.expect(token, equals: u < 0.2 ? 0 : u < 0.7 ? 2 : 3, "the token of 0.2, 0, 0.5, 0.3")
        c.expect(generator.uniform(), near: copy.uniform(), "one number was drawn, and no other")
      }
    }
  },
  Check("the sum so far must be above the number that is drawn") { c in
    for seed in 0..<5 {
      let u = Generator(seed: UInt64(seed)).uniform()
      c.expect(
        TokenChoice.draw([u, 0, 1 - u], using: Generator(seed: UInt64(seed))), equals: 2,
        "the token of u, 0, 1 − u, where u is drawn: the first two reach it")
    }
  },
  Check("where rounding leaves a gap, the last possible token is drawn") { c in
    for seed in 1...20 {
      c.expect(
        TokenChoice.draw([1e-12, 1e-12, 0], using: Generator(seed: UInt64(seed))), equals: 1,
        "the token of 10⁻¹², 10⁻¹², 0")
    }
  },
  Check("a text goes on, with all of it before the model's eyes") { c in
    var asked: [[Int]] = []
    let new = TokenChoice(temperature: 0).text(
      after: [1, 2], count: 3, using: Generator(seed: 1)
    ) { text in
      asked.append(text)
      return (0..<6).map { $0 == (text.last! + 1) % 6 ? 1 : 0 }
    }
    c.expect(new, equals: [3, 4, 5], "three tokens of a model that counts on, after 1, 2")
    c.expect(asked, equals: [[1, 2], [1, 2, 3], [1, 2, 3, 4]], "the texts it was asked about")
  },
  Check("a text ends after its end, and at the latest after `count` tokens") { c in
    func text(count: Int, until end: Int?) -> [Int] {
      TokenChoice(temperature: 0).text(
        after: [1], count: count, until: end, using: Generator(seed: 1)
      ) { text in (0..<6).map { $0 == (text.last! + 1) % 6 ? 1 : 0 } }
    }
    c.expect(text(count: 5, until: 3), equals: [2, 3], "with the end 3")
    c.expect(text(count: 3, until: nil), equals: [2, 3, 4], "without one")
    c.expect(text(count: 2, until: 5), equals: [2, 3], "where the end is too far")
    c.expect(text(count: 0, until: nil), equals: [], "no token at all")
    c.expect(text(count: 6, until: 1), equals: [2, 3, 4, 5, 0, 1], "an end in the prompt is none")
  },
  Check("it draws by its probabilities") { c in
    let choice = TokenChoice(topK: 2)
    let tokens = choice.text(after: [0], count: 4000, using: Generator(seed: 3)) { _ in logits }
    let counts = (0..<4).map { token in Double(tokens.count { $0 == token }) / 4000 }
    c.expect(counts, near: [0, 4.0 / 7, 0, 3.0 / 7], tolerance: 0.03, "how often each comes")
  },
]

private let checksOfBeams: [Check] = [
  Check("a beam's probability is the product of its tokens'") { c in
    let beams = beamSearch(after: [5], width: 4, count: 1) { _ in logits }
    c.expect(beams.map(\.tokens), equals: [[1], [3], [0], [2]], "one token, the likeliest first")
    c.expect(
      beams.map { exp($0.logProbability) }, near: [0.4, 0.3, 0.2, 0.1], "their probabilities")
    let two = beamSearch(after: [5], width: 3, count: 2) { _ in logits.map { $0 + 1000 } }
    c.expect(two.first?.tokens, equals: [1, 1], "the first of three beams of two tokens")
    c.expect(
      Set(two.dropFirst().map(\.tokens)), equals: [[1, 3], [3, 1]],
      "the other two, which are equally likely")
    c.expect(
      two.map { exp($0.logProbability) }, near: [0.16, 0.12, 0.12],
      "their probabilities, where 1000 is added to each logit")
  },
  Check("a beam finds what the greedy search goes past") { c in
    // 0 is the likelier beginning, but after it nothing is likely.
    var asked: [[Int]] = []
    func next(_ text: [Int]) -> [Double] {
      asked.append(text)
      return switch text {
      case [9]: [log(0.6), log(0.4)]
      case [9, 0]: [log(0.55), log(0.45)]
      default: [log(0.9), log(0.1)]
      }
    }
    c.expect(
      beamSearch(after: [9], width: 1, count: 2, logits: next).map(\.tokens), equals: [[0, 0]],
      "one beam, which is greedy")
    asked = []
    let beams = beamSearch(after: [9], width: 2, count: 2, logits: next)
    c.expect(beams.map(\.tokens), equals: [[1, 0], [0, 0]], "two beams")
    c.expect(beams.map { exp($0.logProbability) }, near: [0.36, 0.33], "their probabilities")
    c.expect(
      asked.sorted { $0.lexicographicallyPrecedes($1) }, equals: [[9], [9, 0], [9, 1]],
      "the texts that the model was asked about")
  },
  Check("who has ended stays, and competes") { c in
    var asked: [[Int]] = []
    func next(_ text: [Int]) -> [Double] {
      asked.append(text)
      return text == [] ? [log(0.5), log(0.3), log(0.2)] : [log(0.1), log(0.8), log(0.1)]
    }
    let beams = beamSearch(after: [], width: 2, count: 3, until: 0, logits: next)
    c.expect(beams.map(\.tokens), equals: [[0], [1, 1, 1]], "0 ends a text")
    c.expect(beams.map { exp($0.logProbability) }, near: [0.5, 0.192], "their probabilities")
    c.expect(asked, equals: [[], [1], [1, 1]], "nobody asks about a text that has ended")
  },
  Check("as wide as there are texts, it looks at all of them") { c in
    c.forRandomCases(5) { generator in
      let table = (0..<3).map { _ in (0..<3).map { _ in generator.uniform(in: -3..<3) } }
      var best = (tokens: [Int](), logProbability: -Double.infinity)
      for number in 0..<27 {
        let tokens = [number / 9, number / 3 % 3, number % 3]
        var (sum, last) = (0.0, 0)
        for token in tokens {
          sum += table[last][token] - log(table[last].reduce(0) { $0 + exp($1) })
          last = token
        }
        if sum > best.logProbability { best = (tokens, sum) }
      }
      let beams = beamSearch(after: [0], width: 27, count: 3) { table[$0.last!] }
      c.expect(beams.count, equals: 27, "beams for three tokens of three kinds")
      c.expect(beams.first?.tokens, equals: best.tokens, "the best of the 27")
      c.expect(
        beams.first?.logProbability ?? 0, near: best.logProbability, "its logarithm")
      c.expect(
        zip(beams, beams.dropFirst()).allSatisfy { $0.logProbability >= $1.logProbability },
        "the most likely come first")
      c.expect(
        beams.reduce(0) { $0 + exp($1.logProbability) }, near: 1, "all together have 1")
    }
  },
  Check("impossible tokens continue nothing") { c in
    let beams = beamSearch(after: [], width: 5, count: 2) { _ in [0, -.infinity, 0] }
    c.expect(
      beams.map(\.tokens).sorted { $0.lexicographicallyPrecedes($1) },
      equals: [[0, 0], [0, 2], [2, 0], [2, 2]], "five beams of two possible tokens: there are four")
  },
]
