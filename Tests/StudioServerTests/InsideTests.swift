import Fledge
import FledgeLearn
import Foundation
import Testing

@testable import StudioServer

@Suite struct InsideTests {
  @Test func `A formula's nodes have the values and gradients of calculus`() throws {
    let answer = try InsideFormula.answer(
      .init(formula: "a*b + exp(c)", values: ["a": "2", "b": "-3", "c": "0"]))
    #expect(answer.names == ["a", "b", "c"])
    let byName = Dictionary(answer.nodes.map { ($0.name, $0) }) { $1 }
    #expect(byName["multiply"]?.value == "-6" && byName["add"]?.value == "-5")
    #expect(byName["a"]?.gradient == "-3" && byName["b"]?.gradient == "2")
    #expect(byName["c"]?.gradient == "1")
    // Operations come after what they are computed from.
    for (index, node) in answer.nodes.enumerated() {
      #expect(node.inputs.allSatisfy { $0 < index })
    }
  }

  @Test func `Names without a value get one, and mistakes say where they are`() throws {
    #expect(try InsideFormula.answer(.init(formula: "x+y", values: [:])).values["y"] == "2")
    for (formula, values) in [
      ("a +", [:]), ("nonsense(a)", [:]), ("a", [:]), ("a*2", ["a": "[[1], [2, 3]]"]),
      ("softmax(a)", [:]), (String(repeating: "a+", count: 200) + "a", [:]),
    ] as [(String, [String: String])] {
      #expect(throws: Mistake.self) {
        try InsideFormula.answer(.init(formula: formula, values: values))
      }
    }
  }

  @Test func `Views have the layouts of the framework`() throws {
    let answer = try InsideStrides.answer(
      .init(
        shape: [2, 3],
        views: [
          .init(kind: .permute, sizes: [1, 0]),
          .init(kind: .slice, axis: 0, start: 2, step: -2, count: 2),
          .init(kind: .reshape, sizes: [4]),
        ]))
    #expect(answer.stages.map(\.shape) == [[2, 3], [3, 2], [2, 2], [4]])
    #expect(answer.stages.map(\.strides) == [[3, 1], [1, 3], [-2, 3], [1]])
    #expect(answer.stages.map(\.offset) == [0, 0, 2, 0])
    #expect(answer.stages.map(\.isCopy) == [false, false, false, true])
    #expect(answer.stages[2].places == [2, 5, 0, 3])
    #expect(answer.stages[3].places == [0, 1, 2, 3])
    #expect(answer.stages[3].values == [2, 5, 0, 3])
  }

  @Test func `Views that do not fit are refused`() {
    func fails(_ shape: [Int], _ views: [InsideStrides.View]) -> Bool {
      (try? InsideStrides.answer(.init(shape: shape, views: views))) == nil
    }
    #expect(fails([], []) && fails([9], []) && fails([0, 2], []) && fails([8, 8, 8], []))
    #expect(fails([2, 3], [.init(kind: .permute, sizes: [0, 0])]))
    #expect(fails([2, 3], [.init(kind: .permute, sizes: [1])]))
    #expect(fails([2, 3], [.init(kind: .slice, axis: 2, start: 0, step: 1, count: 1)]))
    #expect(fails([2, 3], [.init(kind: .slice, axis: 1, start: 1, step: 2, count: 2)]))
    #expect(fails([2, 3], [.init(kind: .slice, axis: 1, start: 0, step: 0, count: 2)]))
    #expect(fails([2, 3], [.init(kind: .reshape, sizes: [4])]))
    #expect(fails([2, 3], [.init(kind: .reshape, sizes: [-2, -3])]))
    #expect(!fails([2, 3], [.init(kind: .reshape, sizes: [3, 2])]))
    func words(_ view: InsideStrides.View) -> String? {
      do throws(InsideStrides.Fault) {
        _ = try InsideStrides.answer(.init(shape: [2, 3], views: [view]))
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(
      words(.init(kind: .reshape, sizes: [4]))
        == "the shape [2, 3] has 6 elements, which do not fill [4]")
    #expect(
      words(.init(kind: .permute, sizes: [1])) == "this view does not fit the shape [2, 3]")
  }

  @Test func `A digit is read, and every layer answers`() throws {
    // One epoch of the transformer is enough to hold its layers against the whole.
    let reader = InsideDigit(epochs: 1)
    let images = DrawnDigits.images(count: 20, seed: 99)
    func ask(_ index: Int) throws -> [InsideDigit.Network] {
      let answer = try #require(reader.answer(.init(pixels: Data(images.image(index)))))
      return answer.networks
    }
    // Nothing waits for a training.
    #expect(try ask(0).allSatisfy { $0.probabilities == nil && $0.layers.isEmpty })
    #expect(reader.lenet(atMost: 120) != nil)
    #expect(try ask(0)[0].probabilities != nil)
    let model = VisionTransformer(InsideDigit.visionTransformer)
    try model.load(try #require(reader.transformer(atMost: 240)))
    var right = [0, 0]
    for index in 0..<20 {
      let networks = try ask(index)
      #expect(networks.map(\.name) == ["LeNet", "Vision Transformer"])
      for (which, network) in networks.enumerated() {
        let parts = try #require(network.probabilities)
        #expect(abs(parts.reduce(0, +) - 1) < 1e-5)
        if parts.firstIndex(of: parts.max()!) == Int(images.labels[index]) { right[which] += 1 }
        for layer in network.layers {
          #expect(layer.values.count == 4 * layer.shape.reduce(1, *))
        }
      }
      #expect(
        networks[0].layers.map(\.shape) == [
          [6, 28, 28], [6, 14, 14], [16, 10, 10], [16, 5, 5], [120], [84], [10],
        ])
      #expect(
        networks[1].layers.map(\.shape) == [
          [32, 7, 7], [4, 7, 7], [32, 7, 7], [4, 7, 7], [32, 7, 7], [32], [10],
        ])
    }
    // The transformer, taken apart to show its layers, is still the whole one.
    let image = Tensor(images.image(0).map { Float($0) / 255 }, shape: [1, 1, 28, 28])
    let whole = model.evaluating { softmax(model((image - 0.1307) / 0.3081)) }
    #expect(try ask(0)[1].probabilities == whole.array(of: Double.self))
    // Ten classes: guessing gets two.
    #expect(right[0] >= 14, "\(right)")
    #expect(reader.answer(.init(pixels: Data([1, 2]))) == nil)
  }

  @Test func `A prompt of characters that no story has is refused, and settings are bounded`() {
    let reader = InsideText()
    func fault(_ prompt: String, _ temperature: Double = 1, _ topP: Double = 1) -> String? {
      do throws(InsideText.Fault) {
        _ = try reader.answer(
          .init(prompt: prompt, temperature: temperature, topP: topP, draw: 0), atMost: 0)
        return nil
      } catch { return "\(error)" }
    }
    #expect(fault("狐")?.contains("'狐'") == true)
    #expect(fault("The", -1) != nil && fault("The", .nan) != nil && fault("The", 1, 2) != nil)
  }
}
