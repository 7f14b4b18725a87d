import FledgeCore
import FledgeNN
import FledgePlots
import FledgeTestSupport
import FledgeTrain
import Testing

@Suite struct ModuleFileTests {
  @Test("A module goes to a file and back, buffers too; another one is refused by the file's name")
  func saveAndLoad() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/model.safetensors"
      func model(_ width: Int) -> Sequential {
        Sequential {
          Conv2d(1, width, kernel: 3)
          BatchNorm2d(width)
        }
      }
      let (saved, loaded, other) = (model(2), model(2), model(3))
      _ = saved(Tensor.normal([2, 1, 5, 5]))
      try saved.save(to: path)
      try loaded.load(from: path)
      for (a, b) in zip(saved.stateDict(), loaded.stateDict()) {
        #expect(a.name == b.name && a.value.isIdentical(to: b.value))
      }
      let before = other.stateDict().map(\.value)
      let problem = #expect(throws: CheckpointError.self) { try other.load(from: path) }
      #expect(problem?.path == path)
      for (a, b) in zip(before, other.stateDict()) { #expect(a.isIdentical(to: b.value)) }
    }
  }

  @Test("A chart is drawn where the output goes, in its style")
  func chart() {
    var written = ""
    let output = ProgressOutput(isTerminal: false, style: .ascii) { written += $0 }
    var chart = LineChart(title: "loss", xLabel: "step", yLabel: "nats")
    chart.add("training", x: [1, 2, 3], y: [3, 2, 1])
    output.draw(chart)
    #expect(written == chart.terminal(style: .ascii).joined(separator: "\n") + "\n")
    #expect(written.hasPrefix("loss") && written.allSatisfy(\.isASCII))
  }
}
