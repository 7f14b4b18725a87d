import FledgeCore
import FledgeIO
import FledgeTestSupport
import Testing

@testable import FledgeInference

@Suite struct BeamSearchTests {
  @Test(arguments: ["four", "short", "means", "long", "ends"])
  func `The continuations are those of transformers`(_ name: String) throws {
    let golden = try GoldenFile("beams")
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let settings = try golden["\(name)/settings"].array(of: Double.self)
    let end = Int(settings[2])
    let search = BeamSearch(
      model, width: Int(settings[0]), maximum: Int(settings[1]),
      endTokens: end < 0 ? [] : [end], lengthPenalty: settings[3])
    let found = search(try golden["\(name)/prompt"].array(of: Int.self))
    let tokens = try golden["\(name)/tokens"]
    let scores = try golden["\(name)/scores"].array(of: Double.self)
    #expect(found.count == scores.count)
    for (i, (continuation, score)) in zip(found, scores).enumerated() {
      #expect(continuation.tokens == tokens[i].array(of: Int.self).filter { $0 >= 0 })
      #expect(abs(continuation.score - score) < 1e-4)
    }
  }

  @Test func `One beam is greedy decoding, and beams for all tokens find the likeliest pair`()
    throws
  {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let prompt = [11, 4, 50]
    func logProbabilities(_ text: [Int]) -> [Double] {
      let logits = model.evaluating { model(Tensor(text, shape: [1, text.count])) }[0, -1]
      return (logits - logits.logSumExp(axis: -1, keepDims: true)).array(of: Double.self)
    }
    var text = prompt
    for _ in 0..<20 {
      let row = logProbabilities(text)
      text.append(row.indices.max { row[$0] < row[$1] }!)
    }
    #expect(BeamSearch(model, width: 1, maximum: 20)(prompt)[0].tokens == text.suffix(20))

    var best = (sum: -Double.infinity, pair: [0, 0])
    for (first, logProbability) in logProbabilities(prompt).enumerated() {
      for (second, other) in logProbabilities(prompt + [first]).enumerated()
      where logProbability + other > best.sum {
        best = (logProbability + other, [first, second])
      }
    }
    let found = BeamSearch(model, width: 61, maximum: 2)(prompt)
    #expect(found.count == 61 && found[0].tokens == best.pair)
    #expect(abs(found[0].logProbability - best.sum) < 1e-4)
  }

  @Test func `The context ends a search, and a model whose logits are no numbers has no answer`()
    throws
  {
    let model = try Llama.fromPretrained(goldenPath("pretrained/llama"))
    let long = (0..<60).map { $0 % 61 }
    #expect(BeamSearch(model, width: 2, maximum: 30)(long).map(\.tokens.count) == [5, 5])
    #expect(BeamSearch(model, width: 2, maximum: 30)(long + long).isEmpty)
    model.norm.weight = .full([32], .nan)
    #expect(BeamSearch(model, width: 2, maximum: 3)([1]).isEmpty)
  }
}
