import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Testing

@Suite struct TrainerTests {
  @Test("The hooks come in the documented order")
  func hooks() throws {
    try withTemporaryDirectory { directory in
      let run = MoonsRun(points: 30)
      let trainer = run.trainer
      trainer.accumulation = 2
      trainer.monitor = Monitor("metric")
      trainer.validate(every: .epochs(1)) { ["metric": Double(-trainer.epoch)] }
      run.keepCheckpoints(in: directory, best: true)
      var order: [String] = []
      for hook in TrainingHook.allCases {
        trainer.on(hook) {
          let file = hook == .checkpointSaved ? " " + $0.savedPath!.suffix(16).prefix(4) : ""
          order.append("\(hook.rawValue) \($0.epoch)/\($0.step)\(file)")
        }
      }
      trainer.on(.trainingEnds) { _ in order.append("registered later") }
      try trainer.train(until: .epochs(2))
      #expect(
        order == [
          "trainingBegins 0/0",
          "epochBegins 0/0",
          "stepBegins 0/0", "batchEnds 0/0", "batchEnds 0/0", "gradientsReady 0/0", "stepEnds 0/1",
          "stepBegins 0/1", "batchEnds 0/1", "gradientsReady 0/1", "stepEnds 0/2",
          "validationBegins 1/2", "validationEnds 1/2",
          "epochEnds 1/2",
          "checkpointSaved 1/2 best",
          "epochBegins 1/2",
          "stepBegins 1/2", "batchEnds 1/2", "batchEnds 1/2", "gradientsReady 1/2", "stepEnds 1/3",
          "stepBegins 1/3", "batchEnds 1/3", "gradientsReady 1/3", "stepEnds 1/4",
          "validationBegins 2/4", "validationEnds 2/4",
          "epochEnds 2/4",
          "checkpointSaved 2/4 best",
          "checkpointSaved 2/4 last",
          "trainingEnds 2/4", "registered later",
        ])
    }
  }

  @Test("What is recorded, and in which order")
  func records() throws {
    let run = MoonsRun(points: 30)
    run.trainer.validate(every: .epochs(1)) { ["accuracy": 0.5] }
    let all = LineRecorder()
    let few = LineRecorder()
    run.trainer.record(to: all, [.steps, .validations, .epochs])
    run.trainer.record(to: few, .epochs)
    try run.trainer.train(until: .epochs(1))
    #expect(
      all.lines == [
        "step: step loss", "step: step loss", "step: step loss", "validation: step accuracy",
        "epoch: epoch step loss accuracy",
      ])
    #expect(few.lines == ["epoch: epoch step loss accuracy"])
  }

  @Test("Batches added up make the step of one large batch, the last short one too")
  func accumulation() throws {
    func weights(batchSize: Int, accumulation: Int, weighsBatches: Bool = true) throws -> [Float] {
      // 26 points: steps of 16 and 10, the latter from batches of 8 and 2.
      let run = MoonsRun(
        points: 26, batchSize: batchSize, dropout: 0, weighsBatches: weighsBatches,
        optimizer: { SGD($0.parameters(), learningRate: 0.5) })
      run.trainer.accumulation = accumulation
      try run.trainer.train(until: .epochs(3))
      #expect(run.trainer.step == 6)
      return run.weights.flatMap { $0 }
    }
    func distance(_ a: [Float], _ b: [Float]) -> Float {
      zip(a, b).map { abs($0 - $1) }.max()!
    }
    let large = try weights(batchSize: 16, accumulation: 1)
    #expect(distance(large, try weights(batchSize: 8, accumulation: 2)) < 1e-6)
    #expect(distance(large, try weights(batchSize: 4, accumulation: 4)) < 1e-6)
    // Negative control: the same batches, all counting the same.
    #expect(
      distance(large, try weights(batchSize: 8, accumulation: 2, weighsBatches: false)) > 1e-4)
  }

  @Test("The epoch's loss is the mean over its examples")
  func epochLoss() throws {
    let run = MoonsRun(points: 26, batchSize: 8, dropout: 0)
    var losses: [Double] = []
    run.trainer.on(.batchEnds) { losses.append($0.batchLoss) }
    try run.trainer.train(until: .epochs(2))
    #expect(losses.count == 8)
    let mean = zip(losses.suffix(4), [8.0, 8, 8, 2]).map { $0 * $1 }.reduce(0, +) / 26
    #expect(run.trainer.epochLoss == mean)
  }

  @Test("A run stops early after as many validations without improvement as it has patience")
  func earlyStopping() throws {
    func run(
      _ monitor: Monitor, _ values: [Double] = [1, 0.8, .nan, 0.79, 0.78, 0.1]
    ) throws -> (TrainingEnd, MoonsRun) {
      let run = MoonsRun()
      run.trainer.monitor = monitor
      run.trainer.validate(every: .steps(1)) { [trainer = run.trainer] in
        ["value": values[trainer.step - 1], "negative": -values[trainer.step - 1]]
      }
      return (try run.trainer.train(until: .steps(6)), run)
    }
    let (stopped, short) = try run(Monitor("value", minimumImprovement: 0.05, patience: 3))
    #expect(stopped == .stoppedEarly)
    #expect((short.trainer.step, short.trainer.bestStep, short.trainer.best) == (5, 2, 0.8))
    let (highest, mirrored) = try run(
      Monitor("negative", goal: .highest, minimumImprovement: 0.05, patience: 3))
    #expect(highest == .stoppedEarly && mirrored.trainer.best == -0.8)
    // With more patience, or content with less, it goes on.
    #expect(try run(Monitor("value", minimumImprovement: 0.05, patience: 4)).0 == .completed)
    #expect(try run(Monitor("value", patience: 2)).0 == .completed)
    // An improvement starts the count again, and NaN is never one.
    #expect(try run(Monitor("value", patience: 2), [1, 2, 0.5, 2, 0.4, 2]).0 == .completed)
    let (hopeless, broken) = try run(
      Monitor("value", patience: 2), Array(repeating: .nan, count: 6))
    #expect(hopeless == .stoppedEarly && broken.trainer.best == nil)
  }

  @Test("The best checkpoint holds the weights of the best validation, the last those of the end")
  func bestAndLast() throws {
    try withTemporaryDirectory { directory in
      let values = [0.5, 0.9, 0.7, 0.9, 0.8]
      let run = MoonsRun()
      let trainer = run.trainer
      trainer.monitor = Monitor("accuracy", goal: .highest)
      var weights: [[[Float]]] = []
      trainer.validate(every: .steps(1)) {
        weights.append(run.weights)
        return ["accuracy": values[trainer.step - 1]]
      }
      run.keepCheckpoints(in: directory, every: .steps(2), best: true)
      var saved: [String] = []
      trainer.on(.checkpointSaved) { saved.append("\($0.step) \($0.savedPath!.suffix(16))") }
      try trainer.train(until: .steps(5))
      #expect(
        saved == [
          "1 best.safetensors", "2 best.safetensors", "2 last.safetensors", "4 last.safetensors",
          "5 last.safetensors",
        ])
      #expect(run.weights == weights[4])
      try trainer.restoreBest()
      #expect(run.weights == weights[1])
      #expect(run.weights != weights[4])
    }
  }

  @Test("The schedule sets each step's rate, and clipping limits the norm it reports")
  func scheduleAndClipping() throws {
    let run = MoonsRun()
    run.trainer.schedule = LinearSchedule(total: 4)
    run.trainer.clipping = .norm(0.01)
    var rates: [Double] = []
    var norms: [Double] = []
    run.trainer.on(.stepEnds) {
      rates.append($0.optimizer.learningRateFactor)
      let squares = $0.model.parameters().map { $0.grad!.square().sum().item() }
      norms.append(squares.reduce(0, +).squareRoot())
      #expect($0.gradientNorm! > 0.01)
    }
    try run.trainer.train(until: .steps(4))
    #expect(rates == [1, 0.75, 0.5, 0.25])
    #expect(norms.allSatisfy { abs($0 - 0.01) < 1e-6 })
  }

  @Test("Validation runs in evaluation mode and without gradients, and leaves the mode as it was")
  func validationMode() throws {
    let run = MoonsRun()
    var modes: [Bool] = []
    run.trainer.validate(every: .steps(1)) {
      modes.append(run.model.isTraining)
      modes.append(run.loader.dataset.loss(run.model).requiresGradients)
      return [:]
    }
    run.trainer.on(.validationEnds) { modes.append($0.model.isTraining) }
    try run.trainer.train(until: .steps(1))
    #expect(modes == [false, false, true])
  }

  @Test("A validation every so many steps, and one at the end of a run")
  func lastValidation() throws {
    let run = MoonsRun()
    var steps: [Int] = []
    run.trainer.validate(every: .steps(3)) {
      steps.append(run.trainer.step)
      return [:]
    }
    run.trainer.on(.validationEnds) { if $0.step == 8 { $0.stop() } }
    try run.trainer.train(until: .steps(8))
    #expect(steps == [3, 6, 8])
    // Going on, to the same end counted from the first step.
    try run.trainer.train(until: .steps(9))
    #expect(steps == [3, 6, 8, 9])
  }

  @Test("What a hook throws ends the run there")
  func throwingHook() throws {
    struct Halt: Error {}
    let run = MoonsRun()
    run.trainer.on(.stepEnds) { if $0.step == 2 { throw Halt() } }
    #expect(throws: Halt.self) { try run.trainer.train(until: .steps(5)) }
    #expect(run.trainer.step == 2)
  }

  // MARK: Step rules

  /// Scales the loss by a power of two, as mixed precision does, and skips every third step.
  private final class Scaling: StepRule {
    let scale: Double
    private(set) var steps = 0.0
    init(scale: Double) { self.scale = scale }
    func backward(_ loss: Tensor, _ run: (Tensor) throws -> Void) throws { try run(loss * scale) }
    func unscale(_ optimizer: Optimizer, _ strategy: any TrainingStrategy) {
      for parameter in optimizer.parameters { parameter.grad = parameter.grad.map { $0 / scale } }
    }
    func update(_ optimizer: Optimizer) {
      steps += 1
      if Int(steps) % 3 != 0 { optimizer.step() }
    }
    var state: [String: Double] { ["steps": steps] }
    func restore(_ state: [String: Double]) { steps = state["steps"] ?? 0 }
  }

  @Test("A step rule scales, unscales before clipping, skips, and is kept in checkpoints")
  func stepRule() throws {
    try withTemporaryDirectory { directory in
      func run(scale: Double) -> MoonsRun {
        let run = MoonsRun()
        run.trainer.stepRule = Scaling(scale: scale)
        run.trainer.clipping = .norm(0.3)
        run.keepCheckpoints(in: directory)
        return run
      }
      let plain = run(scale: 1)
      try plain.trainer.train(until: .steps(7))
      let scaled = run(scale: 1024)
      scaled.stop(after: 2)
      try scaled.trainer.train(until: .steps(7))
      let resumed = run(scale: 1024)
      try resumed.resume(from: "\(directory)/last.safetensors")
      try resumed.trainer.train(until: .steps(7))
      // Powers of two change no digits.
      #expect(resumed.weights == plain.weights)
      let unskipped = MoonsRun()
      unskipped.trainer.clipping = .norm(0.3)
      try unskipped.trainer.train(until: .steps(7))
      #expect(unskipped.weights != plain.weights)
    }
  }

  // MARK: Mistakes

  @Test("Epochs of data without end, and a metric to monitor that nobody measures, are mistakes")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      let model = Linear(1, 1)
      let data = TrainingData(drawingWith: Generator(seed: 1)) { Tensor.normal([2, 1], using: $0) }
      let trainer = Trainer(model, SGD(model.parameters(), learningRate: 1), on: data) {
        model($0).mean()
      }
      try trainer.train(until: .epochs(1))
    }
    await #expect(processExitsWith: .failure) {
      let run = MoonsRun()
      run.trainer.monitor = Monitor("accuracy")
      run.trainer.validate(every: .steps(1)) { ["loss": 1] }
      try run.trainer.train(until: .steps(1))
    }
  }
}
