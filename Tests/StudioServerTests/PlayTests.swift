import Fledge
import Foundation
import Testing

@testable import StudioServer

@Suite struct PlayTests {
  /// What the page of a session sees next, after `condition`.
  private func picture(
    _ session: PlaySession, where condition: (PlayPicture) -> Bool
  ) -> PlayPicture? {
    for _ in 0..<200 {
      if let picture = session.nextPicture(atMost: 5), condition(picture) { return picture }
    }
    return nil
  }

  @Test func `A session ends with the weights that a plain program gives`() throws {
    var wish = PlayConfiguration()
    wish.hidden = [5, 3]
    wish.penalty = .l1
    wish.noise = 0.2
    wish.seed = 7
    let session = try PlaySession(wish)
    session.pageOpens(true)
    session.send(.init(steps: 30))
    session.send(.init(steps: 12))
    let seen = try #require(picture(session) { $0.step == 42 })
    let weights = try #require(session.weights())

    // The lines that `swift(steps:)` writes.
    let generator = Generator(seed: 7)
    let model = withGenerator(generator) {
      Sequential {
        Linear(2, 5)
        Tanh()
        Linear(5, 3)
        Tanh()
        Linear(3, 1)
      }
    }
    let train = PlaneDataset.moons.points(count: 200, seed: 7, noise: 0.2)
    let loader = DataLoader(train, batchSize: 32, seed: 7)
    let trainer = Trainer(
      model, Adam(model.parameters(), learningRate: 0.03), on: TrainingData(loader),
      count: { $0.count }
    ) { batch in
      let inputs = Tensor(
        batch.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [batch.count, 2])
      let fit = binaryCrossEntropyWithLogits(
        model(inputs).squeezed(axis: 1), Tensor(batch.labels.map(Float.init)))
      let matrices = model.layers.compactMap { ($0 as? Linear)?.weight }
      return fit + matrices.map { $0.abs().sum() }.reduce(Tensor(0.0), +) * 0.001
    }
    try trainer.train(until: .steps(42))
    for (name, value) in model.stateDict() {
      let other = try #require(weights[name])
      #expect(other.array(of: Float.self) == value.array(of: Float.self), "\(name)")
    }
    #expect(weights.count == 6)
    #expect(seen.heldOut != nil && seen.units.map(\.count) == [5, 3])
    session.end()
  }

  @Test func `A session that runs moves, and stands when it is told to`() throws {
    let session = try PlaySession(PlayConfiguration())
    session.pageOpens(true)
    session.send(.init(run: true, speed: 10))
    let first = try #require(picture(session) { $0.step >= 50 })
    let later = try #require(picture(session) { $0.step > first.step })
    #expect(later.curve.steps == later.curve.steps.sorted())
    session.send(.init(run: false))
    let standing = try #require(picture(session) { !$0.isRunning })
    #expect(try #require(picture(session) { _ in true }).step == standing.step)
    session.end()
  }

  @Test func `A picture has the answer, every unit and every weight`() throws {
    var wish = PlayConfiguration()
    wish.dataset = "points"
    wish.points = [[0.2, 0.2, 0], [0.8, 0.8, 1]]
    wish.hidden = [2]
    wish.activation = .relu
    let session = try PlaySession(wish)
    session.pageOpens(true)
    let seen = try #require(picture(session) { _ in true })
    #expect(seen.answer.count == 64 * 64)
    #expect(seen.units.map { $0.map(\.count) } == [[400, 400]])
    #expect(seen.weights.map { $0.map(\.count) } == [[2, 2], [2]])
    #expect(seen.biases.map(\.count) == [2, 1])
    #expect(seen.heldOut == nil)
    #expect(session.view.train.count == 2 && session.view.x == [0, 1])
    // ReLU gives no negative answers: nothing lies below the middle.
    #expect(seen.units[0].allSatisfy { $0.allSatisfy { $0 >= 128 } })
    session.end()
  }

  @Test func `What cannot be trained is refused in words`() {
    func refusal(_ change: (inout PlayConfiguration) -> Void) -> String? {
      var wish = PlayConfiguration()
      change(&wish)
      do {
        try wish.check()
        return nil
      } catch { return "\(error)" }
    }
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.dataset = "sun" } == "there is no set 'sun'")
    #expect(refusal { $0.noise = 2 }?.contains("0.0…0.5, got 2.0") == true)
    #expect(refusal { $0.hidden = [4, 17] }?.contains("width") == true)
    #expect(refusal { $0.hidden = Array(repeating: 2, count: 7) }?.contains("layers") == true)
    #expect(refusal { $0.learningRate = .nan }?.contains("learning rate") == true)
    #expect(refusal { $0.seed = -1 }?.contains("seed") == true)
    #expect(refusal { $0.batchSize = 0 }?.contains("batch size") == true)
    #expect(refusal { $0.strength = -1 }?.contains("strength") == true)
    #expect(refusal { $0.dataset = "points" }?.contains("number of points") == true)
    #expect(
      refusal {
        $0.dataset = "points"
        $0.points = [[0, 0, 0], [0, 2, 1]]
      }?.contains("coordinate") == true)
    #expect(
      refusal {
        $0.dataset = "points"
        $0.points = [[0, 0, 0], [0, 1, 2]]
      } == "a point is x, y and the class 0 or 1")
  }

  @Test func `A rate that diverges gives pictures without numbers, not an end`() throws {
    var wish = PlayConfiguration()
    wish.optimizer = .sgd
    wish.learningRate = 10
    wish.activation = .linear
    wish.penalty = .l2
    wish.strength = 1
    wish.hidden = [16, 16, 16]
    let session = try PlaySession(wish)
    session.pageOpens(true)
    session.send(.init(steps: 400))
    let seen = try #require(picture(session) { $0.step == 400 })
    #expect(seen.train.loss == nil)
    #expect(throws: Never.self) { try JSONEncoder().encode(seen) }
    session.end()
  }

  @Test func `A learner's program that ends or says something else ends the session with a reason`()
    throws
  {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "learner-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("[]".utf8).write(to: folder.appending(path: "playground.json"))
    let program = folder.appending(path: "run")
    var wish = PlayConfiguration()
    wish.isMine = true
    func fault(_ script: String) throws -> String? {
      try Data("#!/bin/sh\nread configuration\nread request\n\(script)\n".utf8).write(to: program)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: program.path)
      let session = try PlaySession(wish, learner: try LearnerProgram(in: folder))
      session.pageOpens(true)
      #expect(session.nextPicture(atMost: 120) == nil)
      return session.fault
    }
    #expect(
      try fault("echo 'a.swift:3: Fatal error: Index out of range' >&2; exit 1")
        == "your code ended the training: Index out of range")
    #expect(try fault("exit 0") == "your code ended the training: it said nothing")
    #expect(try fault("echo hello") == "your code's program answered something else")
    try FileManager.default.removeItem(at: program)
    let session = try PlaySession(wish, learner: try LearnerProgram(in: folder))
    session.send(.init(steps: 1))
    #expect(session.nextPicture(atMost: 120) == nil)
    #expect(session.fault?.contains("cannot be started") == true)
    #expect(throws: PlayError.noLearner) { try PlaySession(wish) }
  }

  @Test func `A training answers with what it was asked for, on parts that are given`() throws {
    final class Doubling: Module, PlayLinear {
      @Parameter var weight: Tensor
      @Parameter var bias: Tensor?
      init(_ inputs: Int, _ outputs: Int) {
        weight = Tensor.ones([outputs, inputs]) * 2
        bias = nil
      }
      func callAsFunction(_ x: Tensor) -> Tensor { x.matmul(weight.transposed()) }
    }
    let parts = PlayParts(linear: { Doubling($0, $1) })
    let training = PlayTraining(PlayConfiguration(), parts: parts)
    let silent = training.answer(PlayRequest())
    #expect(silent.picture == nil && silent.weights == nil)
    let reply = training.answer(PlayRequest(wantsPicture: true, wantsWeights: true))
    #expect(
      reply.weights?.map(\.name) == ["layers.0.weight", "layers.2.weight", "layers.4.weight"])
    #expect(reply.weights?.allSatisfy { $0.values.allSatisfy { $0 == 2 } } == true)
    #expect(reply.picture?.weights.first == Array(repeating: [2, 2], count: 8))
    #expect(training.answer(PlayRequest(steps: 3, wantsPicture: true)).picture?.step == 3)
  }

  @Test func `A room has eight sessions, and the one idle longest makes room`() throws {
    let room = PlayRoom()
    let first = try room.open(PlayConfiguration()).0
    for _ in 0..<PlayRoom.capacity { _ = try room.open(PlayConfiguration()) }
    #expect(room.count == PlayRoom.capacity)
    #expect(room[first] == nil)
  }
}
