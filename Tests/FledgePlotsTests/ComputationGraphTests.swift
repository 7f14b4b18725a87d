import FledgeCore
import FledgeNN
import Foundation
import Testing

@testable import FledgePlots

@Suite struct ComputationGraphTests {
  /// loss = Σ tanh(w x + b)², with a backward pass.
  private var small: (graph: ComputationGraph, w: Tensor) {
    let w = Tensor([[0.5, -1]]).requiringGradients()
    let b = Tensor(0.1).requiringGradients()
    let x = Tensor([[1], [2]])
    let (_, graph) = recordingGraph(names: ["w": w, "b": b, "x": x]) {
      (w.matmul(x) + b).tanh().square().sum().backward()
    }
    return (graph, w)
  }

  @Test("Each operation with what it was computed from; leaves and inputs by their names")
  func nodes() {
    let graph = small.graph
    let rest = Array(repeating: false, count: 4)
    #expect(
      graph.nodes.map(\.name) == ["w", "x", "matmul", "b", "add", "tanh", "square", "sum"])
    #expect(graph.nodes.map(\.inputs) == [[], [], [0, 1], [], [2, 3], [4], [5], [6]])
    #expect(graph.nodes.map { $0.kind == .leaf } == [true, false, false, true] + rest)
    #expect(graph.nodes.map { $0.kind == .input } == [false, true, false, false] + rest)
    #expect(graph.nodes[2].shape == [1, 1])
    #expect(graph.nodes[4].value.item() == Double(Float(-1.5) + Float(0.1)))
  }

  @Test("Gradients of leaves and of everything between")
  func gradients() throws {
    let (graph, w) = small
    func gradient(_ name: String) throws -> Tensor {
      try #require(graph.nodes.first { $0.name == name }?.gradient)
    }
    #expect(try gradient("w").array() == w.grad!.array())
    #expect(try gradient("sum").item() == 1)
    let t = graph.nodes[5].value.item()
    #expect(abs(try gradient("tanh").item() - 2 * t) < 1e-6)
    #expect(abs(try gradient("add").item() - 2 * t * (1 - t * t)) < 1e-6)
    #expect(abs(try gradient("b").item() - 2 * t * (1 - t * t)) < 1e-6)
    #expect(graph.nodes[1].gradient == nil)
  }

  @Test("A value that is used twice is one node; recording changes nothing")
  func sharing() {
    let x = Tensor([1, 2]).requiringGradients()
    let (y, graph) = recordingGraph(names: ["x": x]) { () -> Tensor in
      let y = x.exp()
      return (y * y + y).sum()
    }
    #expect(graph.nodes.map(\.name) == ["x", "exp", "multiply", "add", "sum"])
    #expect(graph.nodes.map(\.inputs) == [[], [0], [1, 1], [2, 1], [3]])
    #expect(y.item() == (x.exp() * x.exp() + x.exp()).sum().item())
  }

  @Test("The DOT text")
  func dot() {
    let x = Tensor([2, 3])
    let (_, graph) = recordingGraph(names: ["my \"x\"": x]) { x.square() }
    #expect(
      graph.dot() == """
        digraph computation {
          node [fontname="Helvetica", fontsize=11];
          n0 [label="my \\"x\\" [2]\\n2, 3", shape=box, color="#2b9a66"];
          n1 [label="square [2]\\n4, 9", shape=ellipse, color="#59636e"];
          n0 -> n1;
        }

        """)
  }

  @Test("The drawing is well-formed; no two boxes of a rank overlap, and lines go downwards")
  func svg() {
    let model = Sequential {
      Linear(3, 4)
      LayerNorm(4)
      Tanh()
      Linear(4, 2)
    }
    let names = model.namedParameters().map { (name: $0.name, tensor: $0.parameter.value!) }
    let x = Tensor.normal([5, 3])
    let (_, graph) = recordingGraph(names: names + [(name: "x", tensor: x)]) {
      model(x).square().mean().backward()
    }
    #expect(xmlFault(graph.svg(title: "a <net>")) == nil)
    for name in ["layers.0.weight", "layers.1.bias"] {
      #expect(graph.nodes.contains { $0.name == name && $0.gradient != nil })
    }
    let layout = GraphLayout(graph)
    let boxes = layout.boxes
    for a in boxes.indices {
      for b in boxes.indices where a < b { #expect(!boxes[a].intersects(boxes[b])) }
    }
    for edge in layout.edges {
      #expect(zip(edge, edge.dropFirst()).allSatisfy { $0.bottom < $1.y })
    }
    #expect(boxes.allSatisfy { $0.x >= 0 && $0.right <= layout.width + 1e-9 })
  }

  @Test("As text: the result first, what is used twice written out once")
  func terminal() {
    let a = Tensor(2).requiringGradients()
    let (_, graph) = recordingGraph(names: ["a": a]) { (a * a + a).backward() }
    #expect(
      graph.terminal() == [
        "add              = 6  grad 1", "├─ multiply      = 4  grad 1",
        "│  ├─ a          = 2  grad 5",
        "│  └─ a (above)", "└─ a (above)",
      ])
    #expect(graph.terminal(style: .ascii).joined().allSatisfy { $0.isASCII })
    #expect(graph.terminal(width: 20).allSatisfy { $0.count <= 20 })
  }

  @Test("A chain deeper than the stack is written out")
  func deepTerminal() {
    let (_, graph) = recordingGraph {
      var x = Tensor(0)
      for _ in 0..<5000 { x = x + 1 }
    }
    #expect(graph.terminal().count == 10_001)
  }

  @Test("Ranges of many elements are ASCII where asked for")
  func wideTerminal() {
    let (_, graph) = recordingGraph { _ = Tensor.arange(100).cast(to: .float32) * 2 }
    #expect(graph.terminal(style: .ascii)[0].contains("0 .. 198"))
  }
}
