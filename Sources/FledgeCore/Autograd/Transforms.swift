// Function transformations, in the style of JAX. Functions are differentiated at a point: each
// call records f on fresh leaves, so nothing of the caller's graph is touched.

/// f(x) and ∇f(x) of a scalar function of one tensor.
public func valueAndGradient(
  at x: Tensor, _ f: (Tensor) -> Tensor
) -> (value: Tensor, gradient: Tensor) {
  let (value, gradients) = valueAndGradients(at: [x]) { f($0[0]) }
  return (value, gradients[0])
}

/// f(x₁, …) and all ∂f/∂xᵢ of a scalar function of several tensors.
public func valueAndGradients(
  at x: [Tensor], _ f: ([Tensor]) -> Tensor
) -> (value: Tensor, gradients: [Tensor]) {
  let leaves = x.map { $0.requiringGradients() }
  let y = withGradients { f(leaves) }
  require(y.count == 1, "valueAndGradients", "f must give a scalar, it gave shape \(y.shape)")
  return (y.detached(), gradients(of: y, withRespectTo: leaves))
}

/// f(x) and its vector–Jacobian product, the function dy ↦ dyᵀ·∂f/∂x (reverse mode).
public func vjp(
  _ f: (Tensor) -> Tensor, at x: Tensor
) -> (value: Tensor, pullback: (Tensor) -> Tensor) {
  let leaf = x.requiringGradients()
  let y = withGradients { f(leaf) }
  return (
    y.detached(),
    { dy in
      gradients(of: y, withRespectTo: [leaf], outputGradient: dy, retainGraph: true)[0]
    }
  )
}

/// f(x) and the Jacobian–vector product ∂f/∂x · tangent (forward mode).
///
/// Made from two reverse passes: u ↦ uᵀJ is linear in u, and the vector–Jacobian product of *that*
/// map with `tangent` is J·tangent. So no operation needs a forward rule of its own.
public func jvp(
  _ f: (Tensor) -> Tensor, at x: Tensor, tangent: Tensor
) -> (value: Tensor, tangent: Tensor) {
  require(
    tangent.shape == x.shape, "jvp", "the tangent's shape \(tangent.shape) is not x's, \(x.shape)")
  let leaf = x.requiringGradients()
  let y = withGradients { f(leaf) }
  guard y.requiresGradients else {
    return (y, Tensor.zeros(y.shape, dtype: y.dtype))
  }
  let u = Tensor.zeros(y.shape, dtype: y.dtype).requiringGradients()
  let product = gradients(of: y, withRespectTo: [leaf], outputGradient: u, createGraph: true)[0]
  guard product.requiresGradients else {
    return (y.detached(), Tensor.zeros(y.shape, dtype: y.dtype))
  }
  let result = gradients(of: product, withRespectTo: [u], outputGradient: tangent)[0]
  return (y.detached(), result)
}

/// The Hessian–vector product ∇²f(x)·v of a scalar function, in two reverse passes (Pearlmutter
/// 1994); the Hessian itself is never formed.
public func hessianVectorProduct(_ f: (Tensor) -> Tensor, at x: Tensor, vector: Tensor) -> Tensor {
  let leaf = x.requiringGradients()
  let y = withGradients { f(leaf) }
  let gradient = gradients(of: y, withRespectTo: [leaf], createGraph: true)[0]
  guard gradient.requiresGradients else { return Tensor.zeros(x.shape, dtype: x.dtype) }
  return gradients(of: gradient, withRespectTo: [leaf], outputGradient: vector)[0]
}
