import FledgeCore
import FledgeIO
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

  @Test("A module's state goes to a file and into another module as it is")
  func state() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/state.safetensors"
      func model() -> Sequential {
        Sequential {
          Conv2d(1, 2, kernel: 3)
          BatchNorm2d(2)
        }
      }
      let (saved, copied, read) = (model(), model(), model())
      _ = saved(Tensor.normal([2, 1, 5, 5]))
      try copied.load(saved.stateDict())
      try Safetensors.write(saved.stateDict(), to: path)
      try read.load(Safetensors.read(path).tensors)
      for (i, (name, value)) in saved.stateDict().enumerated() {
        for other in [copied, read] {
          #expect(other.stateDict()[i].name == name)
          #expect(other.stateDict()[i].value.isIdentical(to: value), "\(name)")
        }
      }
      let part = saved.stateDict().filter { $0.name.hasPrefix("0.") }
      #expect(throws: ModuleError.self) { try copied.load(part) }
      try copied.load(part, strict: false)
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
