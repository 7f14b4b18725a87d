import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Testing

/// A run that is saved, forgotten and restored goes on to the same bits: weights, optimizer, the
/// generator behind dropout, and the place in the data.
@Suite struct CheckpointTests {
  struct Run: Codable, Sendable, Equatable {
    var width: Int
    var loader: DataLoaderState
  }

  /// Everything that a training loop holds.
  private struct Training {
    let model: Module
    let forward: (Tensor) -> Tensor
    let optimizer: AdamW
    let loader: DataLoader<LabelledPoints>
    let generator: Generator
    var step = 0

    init(width: Int = 8) {
      generator = Generator(seed: 5)
      let model = withGenerator(generator) {
        Sequential {
          Linear(2, width)
          Tanh()
          Dropout(0.3)
          Linear(width, 1)
        }
      }
      self.model = model
      forward = { model($0) }
      optimizer = AdamW(model.parameters(), learningRate: 0.02, weightDecay: 0.1)
      loader = DataLoader(
        PlaneDataset.moons.points(count: 50, seed: 3, noise: 0.1), batchSize: 12, seed: 4)
    }

    /// Takes steps, through the ends of epochs.
    mutating func take(_ steps: Int) {
      let end = step + steps
      while step < end {
        for batch in loader {
          let x = Tensor(
            batch.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [batch.count, 2])
          let targets = Tensor(batch.labels.map(Float.init))
          withGenerator(generator) {
            optimizer.zeroGrad()
            binaryCrossEntropyWithLogits(forward(x).squeezed(axis: 1), targets).backward()
            optimizer.step()
          }
          step += 1
          if step == end { return }
        }
      }
    }

    var weights: [[Float]] { model.stateDict().map { $0.value.array() } }

    func save(to path: String) throws {
      try Checkpoint(
        step: step, generators: ["dropout": generator.state],
        run: Run(width: 8, loader: loader.state)
      ).save(model, optimizer, to: path)
    }

    init(resuming path: String) throws {
      let contents = try Checkpoint<Run>.load(path)
      self.init(width: contents.checkpoint.run.width)
      try contents.restore(model, optimizer)
      step = contents.checkpoint.step
      try loader.restore(contents.checkpoint.run.loader)
      generator.state = contents.checkpoint.generators["dropout"]!
    }
  }

  @Test("A resumed run ends with the bits of one that was not interrupted", arguments: [1, 4, 7])
  func resume(interruptedAfter steps: Int) throws {
    try withTemporaryDirectory { directory in
      var whole = Training()
      whole.take(11)
      var first = Training()
      first.take(steps)
      try first.save(to: "\(directory)/run.safetensors")
      var second = try Training(resuming: "\(directory)/run.safetensors")
      #expect(second.step == steps)
      second.take(11 - steps)
      #expect(second.weights == whole.weights)
    }
  }

  @Test("Negative control: a run that forgets its generator ends elsewhere")
  func forgottenGenerator() throws {
    try withTemporaryDirectory { directory in
      var whole = Training()
      whole.take(11)
      var first = Training()
      first.take(4)
      try first.save(to: "\(directory)/run.safetensors")
      var second = try Training(resuming: "\(directory)/run.safetensors")
      second.generator.state = Generator(seed: 6).state
      second.take(7)
      #expect(second.weights != whole.weights)
    }
  }

  @Test("A checkpoint of another shape is refused, and the model keeps its weights")
  func otherShape() throws {
    try withTemporaryDirectory { directory in
      let small = Training()
      try small.save(to: "\(directory)/run.safetensors")
      let large = Training(width: 9)
      let before = large.weights
      let contents = try Checkpoint<Run>.load("\(directory)/run.safetensors")
      #expect(throws: (any Error).self) { try contents.restore(large.model, large.optimizer) }
      #expect(large.weights == before)
    }
  }

  @Test("An optimizer that the state does not fit keeps the weights from being loaded, too")
  func otherOptimizer() throws {
    try withTemporaryDirectory { directory in
      var trained = Training()
      trained.take(2)
      try trained.save(to: "\(directory)/run.safetensors")
      let contents = try Checkpoint<Run>.load("\(directory)/run.safetensors")
      let other = Training()
      let before = other.weights
      let momentum = SGD(other.model.parameters(), learningRate: 1, momentum: 0.9)
      let problem = #expect(throws: CheckpointError.self) {
        try contents.restore(other.model, momentum)
      }
      #expect(problem?.reason.hasPrefix("does not fit this optimizer: ") == true)
      #expect(other.weights == before && before != trained.weights)
      try contents.restore(other.model)
      #expect(other.weights == trained.weights)
    }
  }
}
