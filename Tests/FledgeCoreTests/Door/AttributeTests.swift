import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// An operation from outside the package, with an attribute of every kind.
private struct Shifted: Primitive {
  enum Mode: String, Codable { case up, down }
  struct Options: Codable, Hashable {
    var isCausal: Bool
    var scales: [Double]
  }

  static let name = "shiftedForTests"
  static let formula = "y = x + shift"
  var shift: Double
  var axes: [Int]
  var shape: Shape
  var dtype: DType
  var mode: Mode
  var limit: Int?
  var label: String
  var options: Options

  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { [inputs[0] + shift] }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy] }

  static let example = Shifted(
    shift: -.infinity, axes: [0, 2], shape: [2, 3], dtype: .bfloat16, mode: .down, limit: nil,
    label: "a \"quoted\" name", options: Options(isCausal: true, scales: [0.1, .nan]))
}

@Suite struct AttributeTests {
  static let samples = Registry.builtIn.flatMap { $0.samples }

  @Test(arguments: samples.indices)
  func aPrimitiveIsRebuiltFromItsNameAndAttributes(index: Int) throws {
    let primitive = Self.samples[index].primitive
    let name = type(of: primitive).name
    let again = try Registry.make(name, primitive.attributes)
    #expect(again.isEqual(to: primitive))
    #expect(again.signature == primitive.signature)
    #expect(AnyHashable(again) == AnyHashable(primitive))
    #expect(AnyHashable(again).hashValue == AnyHashable(primitive).hashValue)
  }

  @Test(arguments: samples.indices)
  func attributesGoThroughJSON(index: Int) throws {
    let attributes = Self.samples[index].primitive.attributes
    let text = try JSONEncoder().encode(attributes)
    #expect(try JSONDecoder().decode(Attributes.self, from: text) == attributes)
  }

  @Test func operationsWithOtherAttributesDiffer() {
    // Two samples of one type are equal exactly where what is printed of them is.
    for (i, a) in Self.samples.enumerated() {
      for b in Self.samples[i...] {
        #expect(
          a.primitive.isEqual(to: b.primitive) == (a.primitive.signature == b.primitive.signature))
      }
    }
    let signatures = Set(Self.samples.map { $0.primitive.signature })
    #expect(signatures.count > Registry.builtIn.count)
  }

  @Test func anOperationIsPrintedOnOneLine() throws {
    let sum = try Registry.make("sum", ["axes": .integers([1]), "keepDims": .boolean(true)])
    #expect(sum.signature == "sum[axes=[1], keepDims=true]")
    #expect(try Registry.make("tanh", [:]).signature == "tanh")
  }

  @Test func anOperationFromOutsideHasAttributesOfEveryKind() throws {
    Registry.register(Shifted.self)
    Registry.register(Shifted.self)
    let attributes = Shifted.example.attributes
    #expect(
      attributes.map(\.name) == [
        "shift", "axes", "shape", "dtype", "mode", "label", "options.isCausal",
        "options.scales.0", "options.scales.1",
      ])
    #expect(attributes["shape"] == .shape([2, 3]))
    #expect(attributes["mode"] == .string("down"))
    #expect(attributes["limit"] == nil)
    let text = try JSONEncoder().encode(attributes)
    let read = try JSONDecoder().decode(Attributes.self, from: text)
    let again = try #require(try Registry.make("shiftedForTests", read) as? Shifted)
    #expect(
      again.shift == -.infinity && again.axes == [0, 2] && again.label == Shifted.example.label)
    #expect(again.limit == nil && again.options.scales[1].isNaN)
    var limited = Shifted.example
    limited.limit = 3
    #expect(try Shifted(attributes: limited.attributes).limit == 3)
  }

  @Test func whatCannotBeRebuiltIsSaid() {
    func error(_ name: String, _ attributes: Attributes) -> AttributeError? {
      do {
        _ = try Registry.make(name, attributes)
        return nil
      } catch {
        return error
      }
    }
    #expect(error("nothing", [:]) == .unknownPrimitive("nothing"))
    #expect(error("cumsum", [:]) == .missing("axis"))
    #expect(
      error("cumsum", ["axis": .string("one")])
        == .mismatched("axis", expected: "an integer"))
    #expect(error("tanh", ["axis": .integer(0)]) == .unexpected("axis"))
    #expect(error("gradientHook", ["hook": .integer(-1)]) == .notRebuildable("hook -1"))
  }

  @Test func aHookIsFoundAgainWhileItLives() throws {
    let x = Tensor([1, 2]).requiringGradients()
    let log = Log()
    let y = withTransformation(log) { x.withGradientHook { $0 * 3 } }
    let hook = try #require(log.seen.first)
    let again = try Registry.make("gradientHook", hook.attributes)
    #expect(again.isEqual(to: hook))
    applied(again, [x])[0].sum().backward()
    #expect(x.grad?.array() == [3, 3])
    withExtendedLifetime(y) {}
  }
}

private final class Log: Transformation, @unchecked Sendable {
  private(set) var seen: [any Primitive] = []

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    seen.append(primitive)
    return next(primitive, inputs)
  }
}
