import FledgeCore
import FledgeTestSupport
import Testing

/// Shapes without elements, through every operation.
@Suite struct AbstractTensorTests {
  static let samples = Registry.builtIn.flatMap { $0.samples }

  @Test(arguments: samples.indices)
  func everyOperationComputesShapesWithoutElements(index: Int) {
    let sample = Self.samples[index]
    let inputs = sample.tensors(.float32, using: Generator(seed: 1))
    let expected = applied(sample.primitive, inputs)
    let actual = applied(
      sample.primitive,
      inputs.map { Tensor(abstract: TensorType(shape: $0.shape, dtype: $0.dtype)) })
    #expect(actual.map(\.shape) == expected.map(\.shape), "\(sample.label)")
    #expect(actual.map(\.dtype) == expected.map(\.dtype), "\(sample.label)")
    #expect(inputs.isEmpty || actual.allSatisfy { $0.isAbstract }, "\(sample.label)")
    let made = withAbstractTensors { applied(sample.primitive, inputs) }
    #expect(made.allSatisfy { $0.isAbstract }, "\(sample.label)")
  }

  @Test(arguments: samples.indices)
  func gradientsHaveShapesWithoutElements(index: Int) {
    let sample = Self.samples[index]
    withAbstractTensors {
      let inputs = sample.tensors(.float32, using: Generator(seed: 1)).map { x -> Tensor in
        let x = Tensor(abstract: TensorType(shape: x.shape, dtype: x.dtype))
        return x.dtype.isFloatingPoint ? x.requiringGradients() : x
      }
      let used = applied(sample.primitive, inputs).filter(\.requiresGradients)
      guard let first = used.first else { return }
      let total = used.dropFirst().reduce(first.sum()) { $0 + $1.sum() }
      total.backward()
      for input in inputs {
        guard let gradient = input.grad else { continue }
        #expect(gradient.isAbstract && gradient.shape == input.shape, "\(sample.label)")
      }
    }
  }

  @Test func anAbstractScopeMakesNoElements() {
    let (shapes, gradient) = withAbstractTensors {
      let w = Tensor.normal([4, 3]).requiringGradients()
      let x = Tensor.arange(12).reshaped([4, 3]).cast(to: .float32) + Tensor([1, 2, 3])
      var y = (x * w + 2).tanh()
      y += Tensor.ones([3])
      y.sum().backward()
      return ([w.shape, x.shape, y.shape], w.grad)
    }
    #expect(shapes == [[4, 3], [4, 3], [4, 3]])
    #expect(gradient?.isAbstract == true && gradient?.shape == [4, 3])
  }

  @Test func drawingNumbersLeavesTheGeneratorWhereItWas() {
    let generator = Generator(seed: 3)
    let before = generator.state
    withAbstractTensors { _ = Tensor.uniform([100], using: generator) }
    #expect(generator.state == before)
  }

  @Test func askingForAnElementNamesOperationAndCaller() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Self.askForAnElement()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("item: asks for the elements of an abstract tensor, float32[]"))
    #expect(text.contains("AbstractTensorTests.swift"))
  }

  private static func askForAnElement() {
    let x = withAbstractTensors { Tensor.zeros([2, 3]) }
    _ = (x * 2).sum().item()
  }

  @Test func everyWayToReadElementsTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = withAbstractTensors { Tensor.zeros([2]) }.array()
    }
    await #expect(processExitsWith: .failure) {
      withAbstractTensors { Tensor.zeros([2]) }.withElements(of: Float.self) { _ in }
    }
    await #expect(processExitsWith: .failure) {
      let x = withAbstractTensors { Tensor.zeros([2]) }
      _ = x[x .> 0]
    }
  }
}
