import Fledge
import FledgeLearn
import Foundation
import Testing

@Suite struct ShowStridesTests {
  private func text(_ picture: StridesPicture) -> String {
    picture.diagram().terminal(width: 100).joined(separator: "\n")
  }

  @Test func `Views follow each other and name what made them`() throws {
    var picture = try StridesPicture("2x3")
    try picture.permute("1,0")
    try picture.slice("0:2,1")
    try picture.broadcast("4x2")
    let text = text(picture)
    #expect(text.contains("x.permuted([1, 0])   int64 [3, 2], strides [1, 3]"))
    #expect(text.contains("x.permuted([1, 0])[0:2, 1]   int64 [2], strides [1], offset 3"))
    #expect(text.contains(".broadcast(to: [4, 2])   int64 [4, 2], strides [0, 1], offset 3"))
  }

  @Test func `A reshape that no strides say is called a copy`() throws {
    var view = try StridesPicture("2x3")
    try view.reshape("3,2")
    #expect(!text(view).contains("copy"))
    var copy = try StridesPicture("2x3")
    try copy.permute("1,0")
    try copy.reshape("6")
    #expect(text(copy).contains(".reshaped([6]) (a copy)"))
  }

  @Test(arguments: ["::-1", "-1", "1:", ":1", "::2", "0:0"])
  func `Slices are those of Python`(slice: String) throws {
    var picture = try StridesPicture("3")
    try picture.slice(slice)
    #expect(text(picture).contains("x[\(slice)]"))
  }

  @Test(arguments: ["2x", "-1", "ax2", "2xx3", "1x1x1x1x1x1x1x1x1", "9999x9999", ""])
  func `Shapes that are none are mistakes`(shape: String) {
    #expect(throws: Mistake.self) { try StridesPicture(shape) }
  }

  @Test func `Views that do not exist are mistakes, not traps`() throws {
    let picture = try StridesPicture("2x3")
    for order in ["0", "0,0", "0,1,2", "a,b", ""] {
      var picture = picture
      #expect(throws: Mistake.self, "\(order)") { try picture.permute(order) }
    }
    for slice in ["2", "-3", "0:1:0", "a:b", "0,0,0", "1:2:3:4", ""] {
      var picture = picture
      #expect(throws: Mistake.self, "\(slice)") { try picture.slice(slice) }
    }
    for target in ["3x3", "3", "2x1", "x"] {
      var picture = picture
      #expect(throws: Mistake.self, "\(target)") { try picture.broadcast(target) }
    }
    var other = picture
    #expect(throws: Mistake.self) { try other.reshape("5") }
  }
}

@Suite struct ShowTrainingTests {
  @Test func `The boundary moves until all points are on their side`() {
    let training = PlaneTraining(.moons, count: 60, hidden: 16, learningRate: 0.05, seed: 1)
    let before = training.accuracy
    let losses = (0..<120).map { _ in training.step() }
    #expect(losses.last! < losses[0] / 4)
    #expect(training.accuracy > max(before, 0.97))
    let picture = training.boundary(step: 120, loss: losses.last)
    #expect(picture.points.count == 60)
    #expect(picture.title.contains("step 120"))
  }

  /// The counters belong to the whole process.
  @Test func `Memory rises forward and falls backward`() async {
    await #expect(processExitsWith: .success) {
      let timeline = stepMemory(depth: 4, width: 32, batch: 64)
      let moments = timeline.moments
      func activations(_ index: Int) -> Int { moments[index].liveBytesByTag[.activation] ?? 0 }
      let turn = moments.firstIndex { $0.phase == .backward } ?? 0
      #expect(activations(turn - 1) > activations(0))
      #expect(activations(moments.count - 1) < activations(turn - 1) / 4)
      #expect(moments.last?.phase == .span)
      let chart = timeline.chart()
      #expect(chart.marks.map(\.label) == ["backward", "Adam.step"])
      #expect(chart.series.map(\.name).contains("activation"))
    }
  }
}
