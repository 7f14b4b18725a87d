import FledgeCore
import FledgeTestSupport
import Testing

@Suite struct TransformTests {
  private let matrix = Tensor.doubles([1, 2, 3, 4, 5, 6], [2, 3])
  private let symmetric = Tensor.doubles([2, -1, 0, -1, 3, 1, 0, 1, 5], [3, 3])
  private let point = Tensor.doubles([0.3, -0.7, 1.1])

  /// A function of every kind of operation: products, reductions, normalisation, indices.
  private func network(_ x: Tensor) -> Tensor {
    let hidden = tanh(matrix.matmul(x))
    let scores = softmax(Tensor.concatenate([hidden, x]))
    let normal = layerNorm(scores.reshaped([1, 5]), weight: nil, bias: nil)
    return (normal.square() * scores.take(Tensor([4, 3, 2, 1, 0] as [Int]))).flattened()
  }

  @Test func `a value and its gradients`() {
    let (value, gradient) = valueAndGradient(at: point) { ($0 * $0 * $0).sum() }
    #expect(abs(value.item() - (0.027 - 0.343 + 1.331)) < 1e-12)
    expectElements(gradient, [0.27, 1.47, 3.63], within: 1e-12)
    let (_, both) = valueAndGradients(at: [point, matrix]) { $0[1].matmul($0[0]).sum() }
    expectElements(both[0], [5, 7, 9])
    expectElements(both[1], [0.3, -0.7, 1.1, 0.3, -0.7, 1.1])
  }

  @Test func `the vector–Jacobian product of a linear map is its transpose`() {
    let (value, pullback) = vjp({ matrix.matmul($0) }, at: point)
    expectElements(value, [2.2, 4.3], within: 1e-12)
    expectElements(pullback(Tensor.doubles([1, 0])), [1, 2, 3])
    expectElements(pullback(Tensor.doubles([1, -1])), [-3, -3, -3])
  }

  @Test func `the Jacobian–vector product of a linear map is the map`() {
    let (value, tangent) = jvp(
      { matrix.matmul($0) }, at: point, tangent: Tensor.doubles([1, 1, -1]))
    expectElements(value, [2.2, 4.3], within: 1e-12)
    expectElements(tangent, [0, 3], within: 1e-12)
  }

  @Test func `the Hessian–vector product of a quadratic form is its matrix`() {
    let product = hessianVectorProduct(
      { x in (x * symmetric.matmul(x)).sum() * 0.5 }, at: point, vector: Tensor.doubles([1, 2, 3]))
    expectElements(product, [0, 8, 17], within: 1e-12)
  }

  @Test func `both products agree with finite differences and with each other`() {
    let h = 1e-6
    let direction = Tensor.doubles([0.5, -1, 2])
    let forward = jvp(network, at: point, tangent: direction).tangent
    let difference =
      (network(point + direction * h) - network(point - direction * h)) / (2 * h)
    expectElements(forward, difference.array(of: Double.self), within: 1e-8)
    // ⟨u, J t⟩ = ⟨Jᵀ u, t⟩
    let u = Tensor.doubles([1, -2, 3, 0.5, -0.25])
    let backward = vjp(network, at: point).pullback(u)
    #expect(abs((u * forward).sum().item() - (backward * direction).sum().item()) < 1e-12)
  }

  @Test func `the Hessian–vector product agrees with differences of gradients`() {
    let h = 1e-6
    let f = { (x: Tensor) in self.network(x).square().sum() }
    let v = Tensor.doubles([1, 0.5, -1])
    let exact = hessianVectorProduct(f, at: point, vector: v)
    let above = valueAndGradient(at: point + v * h, f).gradient
    let below = valueAndGradient(at: point - v * h, f).gradient
    expectElements(exact, ((above - below) / (2 * h)).array(of: Double.self), within: 1e-7)
  }

  @Test func `functions that do not depend on x have zero derivatives`() {
    let constant: (Tensor) -> Tensor = { _ in Tensor.doubles([1, 2]) }
    expectElements(jvp(constant, at: point, tangent: point).tangent, [0, 0])
    expectElements(vjp(constant, at: point).pullback(Tensor.doubles([1, 1])), [0, 0, 0])
    expectElements(
      hessianVectorProduct({ $0.sum() }, at: point, vector: point), [0, 0, 0])
  }

  @Test func `transforms leave the caller's graph alone and work without recording`() {
    let leaf = point.requiringGradients()
    let gradient = withoutGradients { valueAndGradient(at: leaf) { $0.square().sum() }.gradient }
    expectElements(gradient, [0.6, -1.4, 2.2], within: 1e-12)
    #expect(leaf.grad == nil && !gradient.requiresGradients)
  }

  /// y, y′, y″ and y‴ of a function, element by element.
  private func derivatives(_ f: (Tensor) -> Tensor, at x: [Double]) -> [Tensor] {
    let leaf = Tensor.doubles(x).requiringGradients()
    var result = [f(leaf)]
    for _ in 0..<3 {
      result.append(
        gradients(of: result.last!.sum(), withRespectTo: [leaf], createGraph: true)[0])
    }
    return result
  }

  @Test func `x⁴ to the third derivative`() {
    let found = derivatives({ $0.square().square() }, at: [2, -1])
    expectElements(found[1], [32, -4], within: 1e-12)
    expectElements(found[2], [48, 12], within: 1e-12)
    expectElements(found[3], [48, -24], within: 1e-12)
  }

  @Test func `the sine's third derivative is minus the cosine`() {
    let x = [0.1, 2.5]
    let found = derivatives(sin, at: x)
    let third = (Tensor.doubles(x).cos() * -1).array(of: Double.self)
    expectElements(found[3], third, within: 1e-12)
  }

  @Test func `the third derivative of fused operations equals finite differences`() {
    // Two recorded passes, and a third by differences.
    let weight = Tensor.doubles([0.5, -0.3, 0.8, 1.2])
    func second(_ inputs: [Tensor]) -> [Tensor] {
      withGradients {
        let x = inputs[0].requiresGradients ? inputs[0] : inputs[0].requiringGradients()
        let loss = crossEntropyLosses(
          layerNorm(x, weight: weight, bias: nil), Tensor([1, 3] as [Int]))
        let first = gradients(of: loss.sum(), withRespectTo: [x], createGraph: true)[0]
        return gradients(of: first.square().sum(), withRespectTo: [x], createGraph: true)
      }
    }
    let x = Tensor.doubles([0.2, 1.0, -0.5, 0.7, -1.1, 0.4, 0.9, -0.2], [2, 4])
    let mismatches = gradientMismatches(
      second, at: [x], using: Generator(seed: 3), tolerance: 1e-5)
    #expect(mismatches.isEmpty, "\(mismatches)")
  }
}
