import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import FledgeTrain

/// A small run on two moons, with dropout from a generator of its own: 50 points in 5 batches.
struct MoonsRun {
  struct Settings: Codable, Sendable, Equatable {
    var width: Int
  }

  let model: Sequential
  let generator: Generator
  let loader: DataLoader<LabelledPoints>
  let trainer: Trainer<LabelledPoints>

  init(
    points: Int = 50, batchSize: Int = 12, seed: UInt64? = 4, dropout: Double = 0.3,
    weighsBatches: Bool = true, width: Int = 8,
    optimizer: (Module) -> Optimizer = { AdamW($0.parameters(), learningRate: 0.02) }
  ) {
    let generator = Generator(seed: 5)
    let model = withGenerator(generator) {
      Sequential {
        Linear(2, width)
        Tanh()
        if dropout > 0 { Dropout(dropout) }
        Linear(width, 1)
      }
    }
    loader = DataLoader(
      PlaneDataset.moons.points(count: points, seed: 3, noise: 0.1), batchSize: batchSize,
      seed: seed)
    let count: ((LabelledPoints) -> Int)? = weighsBatches ? { $0.count } : nil
    trainer = Trainer(model, optimizer(model), on: TrainingData(loader), count: count) { batch in
      withGenerator(generator) { batch.loss(model) }
    }
    trainer.generators = ["dropout": generator]
    trainer.handlesInterrupts = false
    (self.model, self.generator) = (model, generator)
  }

  var weights: [[Float]] { model.stateDict().map { $0.value.array() } }

  /// Saves to `last` (and `best`) in a directory.
  func keepCheckpoints(in directory: String, every: TrainingSpan? = nil, best: Bool = false) {
    trainer.checkpoints = CheckpointPlan(
      last: "\(directory)/last.safetensors", best: best ? "\(directory)/best.safetensors" : nil,
      settings: Settings(width: 8), every: every)
  }

  func resume(from path: String) throws {
    try trainer.resume(from: Checkpoint<TrainingRun<Settings>>.load(path))
  }

  /// Ends the run after a step.
  func stop(after step: Int) {
    trainer.on(.stepEnds) { if $0.step == step { $0.stop() } }
  }
}

extension LabelledPoints {
  func loss(_ model: Sequential) -> Tensor {
    let x = Tensor(points.flatMap { [Float($0.x), Float($0.y)] }, shape: [count, 2])
    return binaryCrossEntropyWithLogits(
      model(x).squeezed(axis: 1), Tensor(labels.map(Float.init)))
  }
}

/// Keeps what a trainer records as lines of text.
final class LineRecorder: MetricsRecorder {
  private(set) var lines: [String] = []

  func record(
    _ event: String, step: Int, _ values: [(name: String, value: MetricValue)]
  ) throws {
    lines.append("\(event): " + values.map(\.name).joined(separator: " "))
  }
}
