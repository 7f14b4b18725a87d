import Fledge
import Foundation

/// What a session asks of its training.
struct PlayRequest: Codable {
  var steps = 0
  var learningRate: Double?
  var isRunning = false
  var wantsPicture = false
  var wantsWeights = false
}

/// What a training answers to a request.
struct PlayReply: Codable {
  struct Weight: Codable {
    let name: String
    let shape: [Int]
    let values: [Float]
  }

  var picture: PlayPicture?
  var weights: [Weight]?
  /// Why the training is over.
  var fault: String?
}

/// The training behind a session of the playground.
final class PlayTraining: PlayEngine {
  private let model: Sequential
  private let trainer: Trainer<LabelledPoints>
  private let view: PlayView
  private let parts: PlayParts
  private var curve = PlayCurve()

  init(_ configuration: PlayConfiguration, parts: PlayParts = PlayParts()) {
    self.parts = parts
    view = PlayView(configuration)
    let model = withGenerator(Generator(seed: UInt64(configuration.seed))) {
      configuration.layers(parts)
    }
    self.model = model
    trainer = configuration.trainer(model, parts)
  }

  func answer(_ request: PlayRequest) -> PlayReply {
    guard let backend = parts.backend else { return answerHere(request) }
    return withBackend(backend) { answerHere(request) }
  }

  private func answerHere(_ request: PlayRequest) -> PlayReply {
    if let rate = request.learningRate { trainer.optimizer.learningRate = rate }
    if request.steps > 0 {
      // No hook, recorder or checkpoint is there to throw.
      _ = try? trainer.train(until: .steps(trainer.step + request.steps))
    }
    var reply = PlayReply()
    if request.wantsPicture {
      reply.picture = view.picture(model, trainer, &curve, isRunning: request.isRunning)
    }
    if request.wantsWeights {
      reply.weights = model.stateDict().map {
        .init(name: $0.name, shape: Array($0.value.shape), values: $0.value.array())
      }
    }
    return reply
  }
}

extension PlayParts {
  private func engine(of configuration: PlayConfiguration) -> any PlayEngine {
    guard let network = configuration.network, let make = networks[network] else {
      return PlayTraining(configuration, parts: self)
    }
    return PlayNetworkTraining(configuration, self, make(configuration))
  }

  /// Trains for the studio that started this program: reads a configuration and then requests from
  /// standard input, a line of JSON each, and answers each with a line. Ends with the input.
  func serve() throws {
    // What the learner's code prints must not be taken for an answer.
    let answers = FileHandle(fileDescriptor: dup(STDOUT_FILENO))
    dup2(STDERR_FILENO, STDOUT_FILENO)
    guard let first = readLine() else { return }
    let decoder = JSONDecoder()
    let configuration = try decoder.decode(PlayConfiguration.self, from: Data(first.utf8))
    let training = engine(of: configuration)
    let encoder = JSONEncoder()
    // A step may come to NaN.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "∞", negativeInfinity: "-∞", nan: "NaN")
    while let line = readLine() {
      let request = try decoder.decode(PlayRequest.self, from: Data(line.utf8))
      try answers.write(contentsOf: try encoder.encode(training.answer(request)) + Data("\n".utf8))
    }
  }
}
