import ArgumentParser
import Fledge
import FledgeLearn
import Foundation

/// `learn show`: pictures of tensors, graphs, training and memory.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows strides, graphs, decision boundaries and memory as pictures.",
    discussion: """
      In the terminal, and with --svg FILE as a drawing. Without UTF-8, or with --ascii, in ASCII; \
      in colours only on a terminal and where NO_COLOR is not set.
      """,
    subcommands: [ShowStrides.self, ShowGraph.self, ShowBoundary.self, ShowMemory.self])
}

/// The options that all pictures share.
struct PictureOptions: ParsableArguments {
  @Option(help: "Also write the picture as an SVG file.", completion: .file(extensions: ["svg"]))
  var svg: String?
  @Flag(help: "Draw with ASCII characters only.")
  var ascii = false

  /// The terminal behind standard output and what it can show.
  var output: ProgressOutput {
    var output = ProgressOutput.standardOutput
    if ascii { output.style.unicode = false }
    return output
  }

  /// The width to draw in: that of the terminal, within limits that look good.
  func width(_ output: ProgressOutput) -> Int { min(max(output.columns() - 1, 30), 100) }

  func write(_ drawing: @autoclosure () -> Drawing) throws {
    guard let svg else { return }
    try AtomicFile.write(drawing().svg, to: svg)
    standardError("wrote \(svg)")
  }

  func print(_ lines: [String], to output: ProgressOutput) {
    output.write(lines.joined(separator: "\n") + "\n")
  }
}

struct ShowStrides: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strides",
    abstract: "The layout of a tensor and of views on it: which storage cell each element reads.",
    discussion: """
      The tensor holds 1, 2, 3, … Views are made in this order: --permute, --slice, --broadcast, \
      --reshape.

        learn show strides 2x3
        learn show strides 2x3 --permute 1,0
        learn show strides 4x4 --slice 1:3,::2
        learn show strides 2x1 --broadcast 2x3
        learn show strides 2x3 --permute 1,0 --reshape 6      a copy: no strides say it
      """)

  @Argument(help: "The shape, such as 2x3.")
  var shape: String
  @Option(help: "The new order of the axes, such as 1,0.")
  var permute: String?
  @Option(help: "Indices as in Python, one for each axis, such as 0:2,1 or ::-1.")
  var slice: String?
  @Option(help: "The shape to repeat in, such as 4x2x3.")
  var broadcast: String?
  @Option(help: "Another shape for as many elements.")
  var reshape: String?
  @OptionGroup var options: PictureOptions

  func run() throws {
    var picture = try StridesPicture(shape)
    if let permute { try picture.permute(permute) }
    if let slice { try picture.slice(slice) }
    if let broadcast { try picture.broadcast(broadcast) }
    if let reshape { try picture.reshape(reshape) }
    let diagram = picture.diagram()
    let output = options.output
    options.print(
      diagram.terminal(width: options.width(output), style: output.style), to: output)
    try options.write(diagram.drawing())
  }
}

struct ShowGraph: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "The autograd graph of a formula, with values and gradients.",
    discussion: """
      Operations are + - * / ^ and @ (the product of matrices); functions are exp, log, tanh, relu, \
      sum, … Values are numbers or lists of numbers. Where the result has several elements the \
      gradients are those of their sum.

        learn show graph "a*b + tanh(c)" a=2 b=-3 c=0.5
        learn show graph "sum(relu(w @ x))" "w=[[1,-2],[3,4]]" "x=[1,2]" --svg graph.svg
      """)

  @Argument(help: "The formula.")
  var formula: String
  @Argument(help: "The values of its names, such as a=2.")
  var values: [String] = []
  @OptionGroup var options: PictureOptions

  func run() throws {
    let values = try values.map { text in
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else {
        throw Mistake("expected a name and its value, such as a=0.5", in: text, at: text.count)
      }
      return (name: String(parts[0]), value: try Tensor(reading: String(parts[1])))
    }
    let graph = try Expression.graph(formula, values: values)
    let output = options.output
    options.print(graph.terminal(width: options.width(output), style: output.style), to: output)
    try options.write(graph.drawing(title: formula))
  }
}

struct ShowMemory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "The memory of tensors over one training step: forward it rises, backward it falls.",
    discussion: """
      The step is one of a network of equal layers with Adam, after a first one that made the \
      optimizer's state.
      """)

  @Option(help: "The number of layers.")
  var depth = 8
  @Option(help: "The outputs of each layer.")
  var width = 256
  @Option(help: "The examples in the batch.")
  var batch = 512
  @OptionGroup var options: PictureOptions

  func validate() throws {
    for (name, value, most) in [
      ("--depth", depth, 200), ("--width", width, 4096), ("--batch", batch, 65536),
    ] where !(1...most).contains(value) {
      throw ValidationError("\(name) must be from 1 to \(most).")
    }
  }

  func run() throws {
    let timeline = stepMemory(depth: depth, width: width, batch: batch)
    let chart = timeline.chart(
      title: "memory of one step: \(depth) layers of \(width), batch \(batch)")
    let output = options.output
    options.print(
      chart.terminal(width: options.width(output), height: 22, style: output.style), to: output)
    let peak = timeline.peak
    let megabytes = String(format: "%.1f", Double(peak.liveBytes) / 1_048_576)
    output.write("The peak is \(megabytes) MiB, after \(peak.name) (\(peak.phase)).\n")
    try options.write(chart.drawing())
  }
}
