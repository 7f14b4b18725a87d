import Fledge
import FledgeStudio
import Foundation

/// A small GPT that is trained on stories when it is first needed, and where it looks.
final class InsideText: Sendable {
  struct Wish: Decodable {
    var prompt: String
    var temperature: Double
    var topP: Double
    /// Which of the likely characters is taken, 0…1; the page draws it.
    var draw: Double
  }

  struct Answer: Encodable {
    struct Choice: Encodable {
      let text: String
      let probability: Double
      /// Whether it is among those that top-p keeps.
      let isKept: Bool
    }
    /// Nil while the network is still training.
    let tokens: [String]?
    let progress: Double
    let layers: Int
    let heads: Int
    /// float32, little-endian: [layers, heads, T, T].
    let maps: Data
    let choices: [Choice]
    /// The character that was drawn.
    let next: String
  }

  enum Fault: Error, CustomStringConvertible {
    case character(String), settings
    var description: String {
      switch self {
      case .character(let text): "the stories have no '\(text)'; the network has never seen it"
      case .settings: "the temperature must be in 0…5, top-p and the draw in 0…1"
      }
    }
  }

  static let steps = 500
  private let trained: TrainedWeights
  private let vocabulary: CharacterVocabulary
  private let configuration: GPTConfiguration

  init() {
    let stories = StoryGrammar.tales.write(characters: 200_000, Generator(seed: 0))
    let vocabulary = CharacterVocabulary(of: stories)
    let configuration = GPTConfiguration(
      vocabulary: vocabulary.count, context: 48, layers: 2, heads: 4, channels: 64, bias: false)
    self.vocabulary = vocabulary
    self.configuration = configuration
    trained = TrainedWeights { tell in
      // The text is the grammar's, and longer than a window.
      let tokens = try! vocabulary.encode(stories)
      let windows = try! TextWindows(tokens, context: configuration.context)
      return Self.train(configuration, windows, tell)
    }
  }

  /// Waits for the training for at most `seconds`.
  /// - Throws: ``Fault``
  func answer(_ wish: Wish, atMost seconds: Double) throws(Fault) -> Answer {
    guard (0...5).contains(wish.temperature), (0...1).contains(wish.topP),
      (0...1).contains(wish.draw)
    else { throw .settings }
    var tokens: [Int] = []
    for character in "\n" + wish.prompt.suffix(configuration.context - 1) {
      guard let identifiers = try? vocabulary.encode(String(character)) else {
        throw .character(String(character))
      }
      tokens += identifiers.map(Int.init)
    }
    tokens = Array(tokens.suffix(configuration.context))
    guard let weights = trained(atMost: seconds) else {
      return Answer(
        tokens: nil, progress: trained.progress, layers: 0, heads: 0, maps: Data(), choices: [],
        next: "")
    }
    let model = GPT(configuration)
    // They came from a model of the same kind.
    try! model.load(weights)
    let (logits, maps) = model.evaluating {
      withAttentionMaps { model(Tensor(tokens, shape: [1, tokens.count])) }
    }
    let values: [Float] = maps.flatMap { $0.array(of: Float.self) }
    let last = logits[0, tokens.count - 1].array(of: Double.self)
    let (choices, next) = choose(last, wish)
    return Answer(
      tokens: tokens.map(text), progress: 1, layers: maps.count, heads: maps[0].shape[1],
      maps: LivePicture.bytes(values), choices: Array(choices.prefix(12)), next: next)
  }

  private func text(_ token: Int) -> String { (try? vocabulary.decode([Int32(token)])) ?? "" }

  /// The characters by probability, and the one drawn among those that top-p keeps (Holtzman et al.
  /// 2020): the fewest whose probabilities add up to at least p.
  private func choose(_ logits: [Double], _ wish: Wish) -> ([Answer.Choice], String) {
    // Temperature 0 takes the likeliest.
    let temperature = max(wish.temperature, 1e-3)
    let highest = logits.max() ?? 0
    let weights = logits.map { exp(($0 - highest) / temperature) }
    let total = weights.reduce(0, +)
    let order = weights.indices.sorted { weights[$0] > weights[$1] }
    var before = 0.0
    var choices: [Answer.Choice] = []
    for token in order {
      let probability = weights[token] / total
      let isKept = before < wish.topP || choices.isEmpty
      choices.append(.init(text: text(token), probability: probability, isKept: isKept))
      before += probability
    }
    let kept = choices.filter(\.isKept)
    var left = wish.draw * kept.reduce(0) { $0 + $1.probability }
    for choice in kept {
      left -= choice.probability
      if left <= 0 { return (choices, choice.text) }
    }
    return (choices, kept.last?.text ?? "")
  }

  private static func train(
    _ configuration: GPTConfiguration, _ windows: TextWindows,
    _ tell: @escaping @Sendable (Double) -> Void
  ) -> Module {
    let model = withGenerator(Generator(seed: 1)) { GPT(configuration) }
    let data = TrainingData(drawingWith: Generator(seed: 2)) { windows.random(12, generator: $0) }
    let trainer = Trainer(
      model, AdamW(model.parameters(), learningRate: 4e-3, weightDecay: 0), on: data
    ) {
      crossEntropy(model($0.inputTensor), $0.targetTensor)
    }
    trainer.schedule = CosineSchedule(warmUp: 50, total: steps, minimum: 0.1)
    trainer.clipping = .norm(1)
    trainer.trainQuietly(steps: steps, tell)
    return model
  }
}
