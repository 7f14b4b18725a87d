import FledgeCore
import Foundation
import Testing

@testable import FledgeInference

@Suite struct LogitSamplerTests {
  private let logits: [Float] = [1, 3, 2, -1, 2.5]

  /// How often each token comes.
  private func frequencies(_ options: SamplingOptions, _ logits: [Float], count: Int = 4000)
    -> [Double]
  {
    let sampler = LogitSampler(options, seed: 1)
    var counts = [Double](repeating: 0, count: logits.count)
    for _ in 0..<count { counts[sampler.draw(logits, after: [])] += 1 }
    return counts.map { $0 / Double(count) }
  }

  private func softmax(_ logits: [Float], _ temperature: Double, keeping kept: Set<Int>) -> [Double]
  {
    let weights = logits.enumerated().map {
      kept.contains($0.offset) ? exp(Double($0.element) / temperature) : 0
    }
    return weights.map { $0 / weights.reduce(0, +) }
  }

  @Test func `Without temperature the likeliest comes, the first of several`() {
    #expect(LogitSampler(.greedy).draw(logits, after: []) == 1)
    #expect(LogitSampler(.greedy).draw([0, 2, 2, 1], after: []) == 1)
    #expect(LogitSampler(.greedy).draw([-.infinity, -5], after: []) == 1)
  }

  @Test func `Draws are as frequent as the softmax of what may come`() {
    let cases: [(SamplingOptions, Double, Set<Int>)] = [
      (SamplingOptions(temperature: 1), 1, [0, 1, 2, 3, 4]),
      (SamplingOptions(temperature: 2), 2, [0, 1, 2, 3, 4]),
      (SamplingOptions(temperature: 1, topK: 2), 1, [1, 4]),
      (SamplingOptions(temperature: 1, topK: 9), 1, [0, 1, 2, 3, 4]),
      // The likeliest two have 0.47 + 0.28 of the mass, the third 0.17.
      (SamplingOptions(temperature: 1, topP: 0.7), 1, [1, 4]),
      (SamplingOptions(temperature: 1, topP: 0.8), 1, [1, 2, 4]),
      (SamplingOptions(temperature: 1, topP: 0.01), 1, [1]),
      // e^-1 = 0.37 of the likeliest.
      (SamplingOptions(temperature: 1, minP: 0.3), 1, [1, 2, 4]),
      (SamplingOptions(temperature: 1, topK: 4, topP: 0.99, minP: 0.5), 1, [1, 4]),
    ]
    for (options, temperature, kept) in cases {
      let (found, expected) = (
        frequencies(options, logits), softmax(logits, temperature, keeping: kept)
      )
      for (i, (a, b)) in zip(found, expected).enumerated() {
        // Four standard deviations; what may not come never comes.
        #expect(abs(a - b) <= 4 * (b * (1 - b) / 4000).squareRoot(), "\(options): token \(i)")
      }
    }
  }

  @Test func `Top-p keeps flat distributions of many tokens whole`() {
    let flat = [Float](repeating: 0, count: 3000)
    let sampler = LogitSampler(SamplingOptions(temperature: 1, topP: 0.5), seed: 2)
    var seen: Set<Int> = []
    for _ in 0..<300 { seen.insert(sampler.draw(flat, after: [])) }
    #expect(seen.count > 200 && seen.allSatisfy { $0 < 1500 })
  }

  @Test func `The penalty makes what came less likely, and looks back only so far`() {
    var options = SamplingOptions(repetitionPenalty: 1.3)
    #expect(LogitSampler(options).draw(logits, after: [1]) == 4)
    #expect(LogitSampler(options).draw(logits, after: [1, 4]) == 1)
    #expect(LogitSampler(options).draw([-1, -1.1, -9], after: [0]) == 1)
    options.repetitionWindow = 2
    #expect(LogitSampler(options).draw(logits, after: [1, 0, 0]) == 1)
    #expect(LogitSampler(options).draw(logits, after: [77]) == 1)
  }

  @Test func `Probabilities are those of the draws`() {
    for options in [
      SamplingOptions(temperature: 0.8), SamplingOptions(temperature: 1, topK: 2, minP: 0.1),
      SamplingOptions.greedy,
    ] {
      let expected = LogitSampler(options).probabilities(logits, after: [])
      #expect(abs(expected.reduce(0, +) - 1) < 1e-12)
      for (a, b) in zip(frequencies(options, logits), expected) {
        #expect(abs(a - b) <= 4 * (b * (1 - b) / 4000).squareRoot())
      }
    }
  }

  @Test func `Logits that are no numbers are refused`() async {
    for broken: [Float] in [[1, .nan, 2], [.infinity, 1], [-.infinity, -.infinity], []] {
      #expect(!LogitSampler.canDraw(broken))
    }
    #expect(LogitSampler.canDraw([-.infinity, 3]))
    await #expect(processExitsWith: .failure) {
      _ = LogitSampler(.greedy).draw([0, .nan], after: [])
    }
    await #expect(processExitsWith: .failure) {
      _ = LogitSampler(.chat).draw([0, .infinity], after: [])
    }
  }

  @Test func `Options that cannot be are said to be wrong`() {
    let wrong = [
      SamplingOptions(temperature: -1), SamplingOptions(temperature: .nan),
      SamplingOptions(topK: 0), SamplingOptions(topP: 0), SamplingOptions(topP: 1.1),
      SamplingOptions(minP: -0.1), SamplingOptions(repetitionPenalty: 0),
      SamplingOptions(repetitionWindow: -1),
    ]
    for options in wrong { #expect(options.fault != nil) }
    #expect(SamplingOptions.chat.fault == nil && SamplingOptions.greedy.fault == nil)
  }

  @Test func `A stop text is found wherever the parts are cut`() {
    let text = "one two three"
    for cut in 0...text.count {
      for second in cut...text.count {
        var scanner = StopScanner(["two", "xyz"])
        var shown = ""
        var stopped: String?
        let parts = [
          text.prefix(cut), text.dropFirst(cut).prefix(second - cut), text.dropFirst(second),
        ]
        for part in parts where stopped == nil {
          let (new, stop) = scanner.append(String(part))
          shown += new
          stopped = stop
        }
        #expect(shown == "one " && stopped == "two")
      }
    }
    var scanner = StopScanner(["abab", ""])
    #expect(scanner.append("xaba").text == "x")
    #expect(scanner.append("c").text == "abac")
    #expect(scanner.append("ab").text == "")
    #expect(scanner.finish() == "ab")
    var several = StopScanner(["b", "bcd", "c"])
    #expect(several.append("abcd") == ("a", "bcd"))
  }
}
