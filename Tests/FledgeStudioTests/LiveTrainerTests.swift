import FledgeCore
import FledgeData
import FledgeNN
import FledgeTrain
import Foundation
import Testing

@testable import FledgeStudio

/// What the page does to a training, and what it does not.
@Suite struct LiveTrainerTests {
  private func description() -> RunDescription { RunDescription(name: "moons", floor: 0.125) }

  @Test func `A training with a page ends with the weights of one without`() throws {
    let alone = MoonsTraining()
    try alone.trainer.train(until: .epochs(6))

    let studio = try FakeStudio()
    let watched = MoonsTraining()
    try studio.open(pages: 1)
    let run = watched.trainer.live(description(), over: studio.link)
    var made = 0
    run.show("boundary") {
      made += 1
      return .text("\(watched.model(Tensor.zeros([1, 2])).item())")
    }
    // A page that asks again and again: pictures at every step.
    watched.trainer.on(.stepEnds) { _ in try studio.send(.rateFactor(1)) }
    try watched.trainer.train(until: .epochs(6))

    #expect(made > 0)
    #expect(watched.weights == alone.weights)
    #expect(watched.trainer.loss.bitPattern == alone.trainer.loss.bitPattern)
  }

  @Test func `A page sees every loss, the rate, the totals and the end`() throws {
    let studio = try FakeStudio()
    let training = MoonsTraining()
    var losses: [Double] = []
    training.trainer.on(.stepEnds) { losses.append($0.loss) }
    training.trainer.validate(every: .epochs(1)) { ["val_loss": 0.5] }
    _ = training.trainer.live(description(), over: studio.link)
    try training.trainer.train(until: .epochs(3))

    #expect(studio.waits(for: "status") { $0["state"] as? String == "finished" })
    let curve = try studio.curve("loss")
    #expect(curve.x == (1...15).map(Double.init))
    #expect(curve.y == losses)
    #expect(try studio.curve("val_loss").x == [5, 10, 15])
    #expect(try studio.curve("learning_rate").y == Array(repeating: 0.02, count: 15))
    let begin = try #require(studio.messages("begin").last)
    #expect(begin["total"] as? Int == 15)
    #expect(begin["floor"] as? Double == 0.125)
    #expect(begin["parameters"] as? Int == training.model.parameterCount)
    let status = try #require(studio.messages("status").last)
    #expect(status["processed"] as? Int == 150)
    #expect(status["step"] as? Int == 15)
  }

  @Test func `Pictures are made for pages alone, and at the end for one that opens late`() throws {
    let studio = try FakeStudio()
    let training = MoonsTraining()
    let run = training.trainer.live(description(), over: studio.link)
    var made = 0
    run.show("sample") {
      made += 1
      return .text("words")
    }
    training.trainer.on(.stepEnds) { _ in #expect(made == 0) }
    try training.trainer.train(until: .epochs(4))
    #expect(made == 1)
    #expect(studio.waits(for: "status") { $0["state"] as? String == "finished" })
    let pictures = studio.messages("picture")
    #expect(pictures.map { $0["name"] as? String } == ["sample"])
    #expect(pictures.first?["step"] as? Int == training.trainer.step)
  }

  @Test func `A page sees layers, dead units, memory and gradient norms`() throws {
    let studio = try FakeStudio()
    let training = MoonsTraining()
    // Three units that never answer.
    let first = training.model.layers[0] as! Linear
    first.bias = Tensor([-99, -99, -99, 0, 0, 0, 0, 0])
    try studio.open(pages: 1)
    _ = training.trainer.live(description(), over: studio.link)
    try training.trainer.train(until: .steps(1))
    for name in ["layers", "memory"] {
      #expect(studio.waits(for: "picture") { $0["name"] as? String == name })
    }
    let picture = try #require(
      studio.messages("picture").first { $0["name"] as? String == "layers" })
    let content = try #require(picture["picture"] as? [String: Any])
    let layers = try #require(content["layers"] as? [[String: Any]])
    #expect(
      layers.map { $0["name"] as? String } == [
        "layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias", "relu 1",
      ])
    #expect(layers[4]["units"] as? Int == 8)
    #expect(try #require(layers[4]["dead"] as? Int) >= 3)
    let gradient = try #require(layers[0]["gradient"] as? [String: Any])
    #expect((gradient["counts"] as? [Int])?.reduce(0, +) == 16)
    let norm = try studio.curve("gradient_norm/layers.3").y
    #expect(norm.count == 1 && norm[0]! > 0)
  }

  @Test func `While nobody looks, gradient norms are noted once a second`() throws {
    let studio = try FakeStudio()
    let model = Linear(2, 2)
    var time = ContinuousClock.now
    let run = LiveRun(description(), over: studio.link) { time }
    for step in 1...25 {
      time += .milliseconds(100)
      let loss = model(Tensor.ones([1, 2])).sum()
      loss.backward()
      #expect(run.step(step, loss: loss.item(), model: model))
    }
    run.finish()
    #expect(studio.waits(for: "status") { $0["state"] as? String == "finished" })
    // A page that opens now has their history.
    #expect(try studio.curve("gradient_norm/weight").x == [1, 11, 21])
  }

  @Test func `A page pauses a run, takes single steps and lets it go on`() throws {
    let studio = try FakeStudio()
    let training = MoonsTraining()
    let steps = Signalled(0)
    training.trainer.on(.stepEnds) { trainer in steps.update { $0 = trainer.step } }
    try studio.send(.pause)
    while !studio.link.wishes.isPaused { usleep(1000) }
    _ = training.trainer.live(description(), over: studio.link)
    let weights = Signalled<[[Float]]?>(nil)
    nonisolated(unsafe) let mine = training
    Thread.detachNewThread {
      _ = try? mine.trainer.train(until: .steps(7))
      weights.update { $0 = mine.weights }
    }
    #expect(studio.waits(for: "status") { $0["state"] as? String == "paused" })
    #expect(steps.change { $0 } == 0)
    try studio.send(.step)
    #expect(steps.wait(atMost: 120) { $0 == 1 ? true : nil } == true)
    try studio.send(.step)
    #expect(steps.wait(atMost: 120) { $0 == 2 ? true : nil } == true)
    // It stands again: what it does next, only a command can bring about.
    #expect(
      studio.waits(for: "status") {
        $0["state"] as? String == "paused" && $0["step"] as? Int == 2
      })
    #expect(steps.change { $0 } == 2)
    try studio.send(.resume)
    let ended = weights.wait(atMost: 120) { $0 }

    let alone = MoonsTraining()
    try alone.trainer.train(until: .steps(7))
    #expect(ended == alone.weights)
  }

  @Test func `A page stops a run, which is validated and says so`() throws {
    let studio = try FakeStudio()
    let training = MoonsTraining()
    training.trainer.validate(every: .epochs(5)) { ["val_loss": 0.5] }
    try studio.send(.stop)
    while !studio.link.wishes.isStopRequested { usleep(1000) }
    _ = training.trainer.live(description(), over: studio.link)
    let end = try training.trainer.train(until: .epochs(5))
    #expect(end == .stopped)
    #expect(training.trainer.step == 1)
    #expect(training.trainer.validationStep == 1)
    #expect(studio.waits(for: "status") { $0["state"] as? String == "stopped" })
  }

  @Test func `A page's factor multiplies the learning rate`() throws {
    let studio = try FakeStudio()
    let training = MoonsTraining()
    try studio.send(.rateFactor(0))
    while studio.link.wishes.rateFactor != 0 { usleep(1000) }
    let before = training.weights
    _ = training.trainer.live(description(), over: studio.link)
    try training.trainer.train(until: .steps(2))
    #expect(training.weights == before)
    #expect(studio.waits(for: "status") { $0["state"] as? String == "finished" })
    #expect(try studio.curve("learning_rate").y == [0, 0])
    // A page that opens later shows it.
    #expect(studio.messages("status").last?["rateFactor"] as? Double == 0)
  }

  @Test func `A studio that goes away lets a paused run go on`() throws {
    let studio = try FakeStudio()
    let training = MoonsTraining()
    try studio.send(.pause)
    while !studio.link.wishes.isPaused { usleep(1000) }
    _ = training.trainer.live(description(), over: studio.link)
    studio.hangUp()
    #expect(try training.trainer.train(until: .steps(4)) == .completed)
  }

  @Test func `A studio that does not read holds up nothing, and what is lost is counted`() throws {
    let studio = try FakeStudio(reads: false)
    let run = LiveRun(description(), over: studio.link)
    // More than any socket buffers, and many times over.
    let large = String(repeating: "x", count: 1 << 20)
    for step in 1...20_000 {
      run.stepBegins()
      run.record("loss", 1 / Double(step), at: step)
      if step.isMultiple(of: 1000) { run.show("text", once: .text(large)) }
      run.stepEnds(step)
    }
    #expect(studio.link.droppedCount > 0)
    #expect(studio.link.waitingPointCount <= StudioLink.waitingPoints)
    studio.hangUp()
    run.finish()
  }
}
