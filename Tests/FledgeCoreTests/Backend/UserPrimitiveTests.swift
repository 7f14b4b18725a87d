// Not @testable, and nothing but the public interface: what a user of the package can do.
import FledgeCore
import FledgeTestSupport
import Testing

/// The example in the documentation of `Primitive`.
private struct Cube: Primitive {
  static let name = "cube"
  static let formula = "y = x³"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [inputs[0] * inputs[0] * inputs[0]]
  }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy * 3 * g.input(0).square()] }
}

private struct WrongCube: Primitive {
  static let name = "wrongCube"
  static let formula = "y = x³"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [inputs[0] * inputs[0] * inputs[0]]
  }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy * 2 * g.input(0).square()] }
}

/// Two outputs, one kernel of the user's own, and no gradient rule but a composed form.
private struct SumAndDifference: Primitive {
  static let name = "sumAndDifference"
  static let formula = "y = a + b, z = a − b"
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let minus = BinaryKernel("minus") { $0 - $1 }
    return [inputs[0] + inputs[1], backend.zip(minus, inputs[0], inputs[1])]
  }
  func composed(_ inputs: Tensors) -> Tensors? { [inputs[0] + inputs[1], inputs[0] - inputs[1]] }
}

@Suite struct UserPrimitiveTests {
  @Test func `a primitive of the user's own computes and differentiates, to any order`() {
    let x = Tensor([2, -1]).requiringGradients()
    let y = apply(Cube(), x)
    expectElements(y, [8, -1])
    let first = gradients(of: y.sum(), withRespectTo: [x], createGraph: true)[0]
    expectElements(first, [12, 3])
    let second = gradients(of: first.sum(), withRespectTo: [x], createGraph: true)[0]
    expectElements(second, [12, -6])
    expectElements(gradients(of: second.sum(), withRespectTo: [x])[0], [6, 6])
  }

  @Test func `it passes the same gradient check as the built-in ones`() {
    let input = Tensor([0.5, -1.5, 2] as [Double])
    let mismatches = gradientMismatches(
      { [apply(Cube(), $0[0])] }, at: [input], using: Generator(seed: 1))
    #expect(mismatches.isEmpty, "\(mismatches)")
  }

  @Test func `the gradient check notices a wrong rule`() {
    let mismatches = gradientMismatches(
      { [apply(WrongCube(), $0[0])] }, at: [Tensor([0.5, 2] as [Double])],
      using: Generator(seed: 1))
    #expect(mismatches.count == 2)
  }

  @Test func `without a rule the composed form is differentiated`() {
    let (a, b) = (Tensor([1, 2]).requiringGradients(), Tensor([5, 7]).requiringGradients())
    let outputs = apply(SumAndDifference(), [a, b])
    expectElements(outputs[0], [6, 9])
    expectElements(outputs[1], [-4, -5])
    (outputs[0] * outputs[1]).sum().backward()
    expectElements(a.grad, [2, 4])
    expectElements(b.grad, [-10, -14])
    // The same tensor twice counts twice.
    let x = Tensor([3]).requiringGradients()
    apply(SumAndDifference(), [x, x])[0].sum().backward()
    expectElements(x.grad, [2])
  }

  @Test(arguments: [DType.float32, .float64])
  func `a kernel of the user's own gives what the reference gives, whatever the strides`(
    dtype: DType
  ) {
    let third = UnaryKernel("third") { $0 / 3 }
    let minus = BinaryKernel("minus") { $0 - 2 * $1 }
    let values = [1, -2, Double.infinity, 0.1, -0.0, 7]
    let x = Tensor(values, shape: [2, 3]).cast(to: dtype)
    let row = Tensor([0.3, 4, -1]).cast(to: dtype).broadcast(to: [2, 3])
    let (cpu, reference) = (CPUBackend(), ReferenceBackend())
    for x in [x, x.flipped(axis: 1)] {
      #expect(cpu.map(third, x).isIdentical(to: reference.map(third, x)))
      #expect(cpu.zip(minus, x, row).isIdentical(to: reference.zip(minus, x, row)))
    }
    let large = Tensor.normal([300, 500], using: Generator(seed: 1)).cast(to: dtype).transposed()
    #expect(cpu.zip(minus, large, large).isIdentical(to: reference.zip(minus, large, large)))
  }

  @Test(arguments: [true, false])
  func `a transformation sees every operation, and not what it is made of`(isRecorded: Bool) {
    let log = OperationLog()
    let x = Tensor([1, 2])
    let leaf = isRecorded ? x.requiringGradients() : x
    let y = withTransformation(log) { apply(Cube(), leaf) + 1 }
    #expect(log.names == ["cube", "fill", "add"])
    guard isRecorded else { return }
    withTransformation(log) { y.sum().backward() }
    #expect(log.names.contains("square"), "the gradient rule passes the same door")
  }
}
