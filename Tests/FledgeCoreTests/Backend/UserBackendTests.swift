import FledgeCore
import Foundation
import Synchronization
import Testing

/// Writes down the operations that pass.
final class OperationLog: Transformation {
  private let entries = Mutex<[String]>([])
  var names: [String] { entries.withLock { $0 } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    entries.withLock { $0.append(type(of: primitive).name) }
    return next(primitive, inputs)
  }
}

/// Overrides one kernel and counts its calls: all that a learner's first backend is.
private final class MatMulBackend: Backend {
  let calls = Atomic<Int>(0)
  let isZero: Bool
  init(isZero: Bool = false) { self.isZero = isZero }

  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    calls.wrappingAdd(1, ordering: .relaxed)
    let (m, k, n) = (a.shape[0], a.shape[1], b.shape[1])
    let (x, y) = (a.array(), b.array())
    return Tensor(shape: [m, n], writing: Float.self) { result in
      for i in 0..<m {
        for j in 0..<n {
          result[i * n + j] =
            isZero ? 0 : (0..<k).reduce(0) { $0 + x[i * k + $1] * y[$1 * n + j] }
        }
      }
    }
  }
}

/// Answers for the operations that it is given, notes what it is offered, and leaves the rest to the
/// CPU backend.
private final class AnsweringBackend: Backend {
  typealias Answer = @Sendable (Tensors) -> Tensors?
  let fallback: any Backend = CPUBackend()
  private let answers: [String: Answer]
  private let log = Mutex<[String]>([])
  var offers: [String] { log.withLock { $0 } }

  init(_ answers: [String: Answer]) { self.answers = answers }

  func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
    let name = type(of: primitive).name
    log.withLock { $0.append(name + (inputs.first.map { " \($0.dtype)" } ?? "")) }
    if let answer = answers[name] { return answer(inputs) }
    return fallback.run(primitive, inputs)
  }
}

@Suite struct UserBackendTests {
  /// Fits y = x₁·x₂ with one hidden layer by plain gradient descent; the loss before and after.
  private func train(_ steps: Int = 60) -> (first: Double, last: Double) {
    let generator = Generator(seed: 4)
    let x = Tensor.uniform([64, 2], in: -1...1, using: generator)
    let y = x[.all, 0..<1] * x[.all, 1..<2]
    var weights = [
      Tensor.normal([2, 16], using: generator), Tensor.normal([16, 1], using: generator) * 0.3,
    ]
    var losses: [Double] = []
    for _ in 0..<steps {
      let (loss, gradients) = valueAndGradients(at: weights) { weights in
        (tanh(x.matmul(weights[0])).matmul(weights[1]) - y).square().mean()
      }
      losses.append(loss.item())
      for i in weights.indices { weights[i] -= gradients[i] * 0.2 }
    }
    return (losses.first!, losses.last!)
  }

  private func learns(_ losses: (first: Double, last: Double)) -> Bool {
    losses.last < 0.6 * losses.first
  }

  @Test func `a backend with one kernel trains a model`() {
    let backend = MatMulBackend()
    let losses = withBackend(backend) { train() }
    #expect(learns(losses), "\(losses)")
    // Two products forward and three backward (x needs no gradient), each step.
    #expect(backend.calls.load(ordering: .relaxed) == 60 * 5)
  }

  @Test func `a backend whose product is zero does not`() {
    let losses = withBackend(MatMulBackend(isZero: true)) { train() }
    #expect(!learns(losses), "\(losses)")
  }

  @Test func `the backend of the innermost scope computes, also after an error`() {
    struct Failure: Error {}
    let (outer, inner) = (MatMulBackend(), MatMulBackend())
    func product() { _ = Tensor.ones([2, 2]).matmul(Tensor.ones([2, 2])) }
    withBackend(outer) {
      product()
      withBackend(inner) {
        product()
        withoutGradients { withMemoryTag(.data) { product() } }
      }
      try? withBackend(inner) { () throws(Failure) in throw Failure() }
      product()
    }
    product()
    #expect(outer.calls.load(ordering: .relaxed) == 2)
    #expect(inner.calls.load(ordering: .relaxed) == 2)
  }

  @Test func `a scope holds in its own thread and task only`() async {
    let backend = MatMulBackend()
    let a = Tensor.ones([2, 2])
    await withTaskGroup(of: Void.self) { group in
      for i in 0..<50 {
        group.addTask {
          if i % 2 == 0 {
            withBackend(backend) { _ = a.matmul(a) }
          } else {
            _ = a.matmul(a)
          }
          await Task.yield()
          _ = a.matmul(a)
        }
      }
    }
    #expect(backend.calls.load(ordering: .relaxed) == 25)
  }

  @Test func `the backward pass runs on the backend in force around it`() {
    let backend = MatMulBackend()
    let (a, b) = (Tensor.ones([2, 3]).requiringGradients(), Tensor.ones([3, 2]))
    let y = a.matmul(b).sum()
    withBackend(backend) { y.backward() }
    #expect(backend.calls.load(ordering: .relaxed) == 1)
    expectElements(a.grad, [2, 2, 2, 2, 2, 2])
  }

  // MARK: Whole operations

  @Test func `a backend may answer for an elementwise operation`() {
    // Twice what it should be, so that its answers can be told from others.
    let backend = AnsweringBackend([
      "exp": { x in [Tensor(x[0].array().map { 2 * Float(exp(Double($0))) }, shape: x[0].shape)] }
    ])
    let x = Tensor([0, 1]).requiringGradients()
    withBackend(backend) {
      let y = (x.exp() + x).exp()
      expectElements(y, [2 * exp(2), 2 * exp(2 * exp(1) + 1)], within: 1e-2)
      // The gradient of exp is its output, so the rule reads what the backend answered.
      y.sum().backward()
    }
    let (a, b) = (2 * exp(2.0), 2 * exp(2 * exp(1.0) + 1))
    expectElements(x.grad, [a * 3, b * (2 * exp(1) + 1)], within: 0.1)
    #expect(backend.offers.filter { $0 == "exp float32" }.count == 2)
    expectElements(x.exp(), [1, exp(1)])
  }

  @Test func `an answer of another shape is found where it happens`() async {
    await #expect(processExitsWith: .failure) {
      let backend = AnsweringBackend(["exp": { _ in [Tensor([1, 2, 3])] }])
      withBackend(backend) { _ = Tensor([0, 1]).exp() }
    }
  }

  @Test func `an operation in a half type that is declined is offered again in float32`() {
    let backend = AnsweringBackend([:])
    let x = Tensor([1, 2, 4]).cast(to: .float16)
    let y = withBackend(backend) { softmax(x) }
    #expect(
      backend.offers.filter { $0.hasPrefix("softmax") } == ["softmax float16", "softmax float32"])
    #expect(y.isIdentical(to: softmax(x)) && y.dtype == .float16)
  }

  @Test func `attention runs on a backend's own product where there is no kernel for it`() {
    let backend = MatMulBackend()
    func heads(_ rows: Int, _ seed: UInt64) -> Tensor {
      Tensor.normal([rows, 4], using: Generator(seed: seed)).requiringGradients()
    }
    let (q, k, v) = (heads(3, 1), heads(5, 2), heads(5, 3))
    let y = withBackend(backend) { attention(q, k, v) }
    #expect(backend.calls.load(ordering: .relaxed) == 2)
    #expect(y.isClose(to: attention(q, k, v), relativeTolerance: 1e-5, absoluteTolerance: 1e-6))
    withBackend(backend) { y.sum().backward() }
    // q kᵀ again, dy vᵀ, and one for each of the three gradients.
    #expect(backend.calls.load(ordering: .relaxed) == 7)
  }
}
