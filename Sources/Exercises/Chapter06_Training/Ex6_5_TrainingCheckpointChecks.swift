import FledgeCore
import FledgeCourse
import FledgeIO
import FledgeNN
import FledgeOptim
import Foundation

let checks6_5: [Check] = [
  Check("the file has the model, the optimizer and the metadata, by their names") { c in
    try withFile { path in
      let run = Run(seed: 1)
      for _ in 0..<3 { run.takeStep() }
      try run.save(to: path)
      let written = try Safetensors.read(path)
      let expected =
        run.model.stateDict().map { "model.\($0.name)" }
        + run.optimizer.state.keys.map { "optimizer.\($0)" }
      c.expect(written.tensors.keys.sorted(), equals: expected.sorted(), "the names of the tensors")
      c.expect(written.metadata["step"] ?? "none", equals: "3", "the metadata's step")
      c.expect(written.metadata["generator"] != nil, "the metadata have the generator's state")
    }
  },
  Check("loading says how many steps were done") { c in
    try withFile { path in
      let run = Run(seed: 1)
      for _ in 0..<7 { run.takeStep() }
      try run.save(to: path)
      c.expect(try Run(seed: 2).load(path), equals: 7, "the step that load returns")
    }
  },
  Check("the generator goes on with the same numbers") { c in
    try withFile { path in
      let run = Run(seed: 1)
      for _ in 0..<5 { _ = run.generator.nextUInt32() }
      try run.save(to: path)
      let expected = (0..<6).map { _ in run.generator.uniform() }
      let other = Run(seed: 2)
      _ = try other.load(path)
      c.expect(
        (0..<6).map { _ in other.generator.uniform() }, equals: expected, "the next six draws")
    }
  },
  Check("the model answers the same in evaluation") { c in
    try withFile { path in
      let run = Run(seed: 1)
      for _ in 0..<5 { run.takeStep() }
      try run.save(to: path)
      let other = Run(seed: 2)
      _ = try other.load(path)
      let x = Tensor.normal([3, 4], using: Generator(seed: 9))
      run.model.eval()
      other.model.eval()
      let (answers, expected) = (other.model(x).array(), run.model(x).array())
      c.step("answers", other.model(x))
      c.expect(
        zip(answers, expected).count { $0 != $1 }, equals: 0,
        "of \(expected.count) answers, those that differ; they depend on the running moments of "
          + "BatchNorm, too")
    }
  },
  Check("a resumed run ends with the same bits as one that was never stopped") { c in
    try withFile { path in
      let whole = Run(seed: 1)
      for _ in 0..<8 { whole.takeStep() }
      try whole.save(to: path)
      for _ in 0..<12 { whole.takeStep() }
      let resumed = Run(seed: 2)
      resumed.step = try resumed.load(path)
      for _ in 0..<12 { resumed.takeStep() }
      for (one, other) in zip(whole.model.stateDict(), resumed.model.stateDict()) {
        c.step(one.name, other.value)
        let differing = zip(one.value.array(), other.value.array()).count {
          $0.bitPattern != $1.bitPattern
        }
        c.expect(
          differing, equals: 0,
          "elements of \(one.name) that differ after 8 + 12 steps and after 20")
      }
    }
  },
  Check("the second file of a run replaces the first") { c in
    try withFile { path in
      let run = Run(seed: 1)
      run.takeStep()
      try run.save(to: path)
      run.takeStep()
      try run.save(to: path)
      c.expect(try Run(seed: 2).load(path), equals: 2, "the step after saving at steps 1 and 2")
    }
  },
  Check("a file that holds no run is refused, and nothing changes") { c in
    for (entry, text) in [
      ("step", nil), ("generator", nil), ("step", "twelve"), ("generator", "{}"),
    ] as [(String, String?)] {
      try withFile { path in
        let run = Run(seed: 1)
        run.takeStep()
        try run.save(to: path)
        var file = try Safetensors.read(path)
        file.metadata[entry] = text
        try Safetensors.write(file.tensors, metadata: file.metadata, to: path)
        let other = Run(seed: 2)
        other.takeStep()
        let before = (other.arrays, other.generator.state)
        let wrong = text.map { "with \"\($0)\" for" } ?? "without"
        c.trying("a file \(wrong) the metadata's \(entry)") {
          do {
            _ = try other.load(path)
            c.expect(false, "load throws an error")
          } catch {
            c.expect(
              "\(error)", equals: "\(TrainingCheckpoint.Problem.unreadable(entry))",
              "the error that load throws")
          }
          c.expect(other.arrays == before.0, "model and optimizer are as they were")
          c.expect(other.generator.state == before.1, "the generator is as it was")
        }
      }
    }
  },
  Check("a file of another model is refused") { c in
    try withFile { path in
      try Run(seed: 1, width: 5).save(to: path)
      c.expectThrows("loading a model of width 5 into one of width 6 throws an error") {
        _ = try Run(seed: 2).load(path)
      }
    }
  },
  Check("a file that lacks a tensor of the model is refused") { c in
    try withFile { path in
      let run = Run(seed: 1)
      run.takeStep()
      try run.save(to: path)
      var file = try Safetensors.read(path)
      file.tensors["model.layers.0.weight"] = nil
      try Safetensors.write(file.tensors, metadata: file.metadata, to: path)
      c.expectThrows("loading a file without model.layers.0.weight throws an error") {
        _ = try Run(seed: 2).load(path)
      }
    }
  },
]

/// A small run with everything that has a state: BatchNorm, noise from a generator, AdamW, and a rate
/// that depends on the step.
private final class Run {
  let model: Sequential
  let optimizer: AdamW
  let generator: Generator
  var step = 0

  init(seed: UInt64, width: Int = 6) {
    let generator = Generator(seed: seed)
    self.generator = generator
    model = withGenerator(generator) {
      Sequential {
        Linear(4, width)
        BatchNorm1d(width)
        ReLU()
        Linear(width, 2)
      }
    }
    optimizer = AdamW(model.parameters(), learningRate: 0.05)
  }

  func takeStep() {
    model.train()
    let x = Tensor.normal([8, 4], using: generator)
    let y = Tensor((0..<8).map { _ in generator.integer(below: 2) })
    optimizer.zeroGrad()
    crossEntropy(model(x), y).backward()
    optimizer.learningRateFactor = CosineSchedule(warmUp: 3, total: 20).factor(at: step)
    optimizer.step()
    step += 1
  }

  /// All numbers of the model and of the optimizer's state.
  var arrays: [[Float]] {
    model.stateDict().map { $0.value.array() }
      + optimizer.state.sorted { $0.key < $1.key }.map { $0.value.array() }
  }

  func save(to path: String) throws {
    try TrainingCheckpoint.save(model, optimizer, generator, step: step, to: path)
  }

  func load(_ path: String) throws -> Int {
    try TrainingCheckpoint.load(path, into: model, optimizer, generator)
  }
}

/// Runs `body` with the path of a file that is removed afterwards.
private func withFile(_ body: (String) throws -> Void) throws {
  let file = FileManager.default.temporaryDirectory
    .appending(path: "checkpoint-\(UUID().uuidString).safetensors")
  defer { try? FileManager.default.removeItem(at: file) }
  try body(file.path)
}
