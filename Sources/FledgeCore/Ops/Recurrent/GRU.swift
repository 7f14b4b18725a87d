import CKernels

/// A gated recurrent unit over all steps (Cho et al. 2014), its reset gate applied after the product,
/// as in cuDNN and PyTorch. For each step
///
///     (q_r, q_u, q_n) = h Wᵀ + b
///     r = σ(z_r + q_r),  u = σ(z_u + q_u),  n = tanh(z_n + r q_n)
///     h ← (1 − u) n + u h,  y_t = h
///
/// Shape: z [T, B, 3H], weights [3H, H], where there are bias [3H], state [B, H], lengths int64 [B]
/// → y [T, B, H], last state [B, H], gates (r, u, n) [T, B, 3H], q_n [T, B, H]
struct GRUSequence: RecurrentPrimitive {
  static let name = "gru"
  static let formula =
    "h ← (1 − u) n + u h with u = σ(z_u + q_u), n = tanh(z_n + r q_n), q = h Wᵀ + b"
  static let gates = 3
  static let states = 1
  let options: RecurrentOptions

  var auxiliaryOutputCount: Int { 2 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let types = checkedTypes(of: inputs)
    return types + [inputs[0], types[0]]
  }

  // A product with the weights for each step, and some 25 operations for each unit.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs[0].shape.count * (2 * inputs[1].shape[0] + 25)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32, inputs[0].count > 0 else { return nil }
    checkLengths(inputs)
    let rows = RecurrentRows(inputs[0].shape, gates: 3, options, lengths: lengths(inputs))
    let (z, bias) = (inputs[0].contiguous(), bias(inputs)?.contiguous())
    let weight = rows.packed(inputs[1], transposed: true)
    let y = Tensor(uninitialized: [rows.time, rows.batch, rows.hidden], .float32)
    let (gates, products) = (
      Tensor(uninitialized: z.shape, .float32), Tensor(uninitialized: y.shape, .float32)
    )
    let h = backend.copy(state(0, inputs))
    let (pz, pb, pw) = (
      z.pointer(Float.self), bias?.pointer(Float.self), weight.pointer(Float.self)
    )
    let (py, pg, pp) = (
      y.pointer(Float.self), gates.pointer(Float.self), products.pointer(Float.self)
    )
    let ph = h.pointer(Float.self)
    rows.forGroups { fledge_gru_f32($0, pz, pb, pw, py, pg, pp, ph, $1) }
    withExtendedLifetime((z, bias, weight)) {}
    return [y, h, gates, products]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    if g.createsGraph { return g.throughComposed(self)! }
    let inputs = g.savedInputs
    let first = options.hasState ? [inputs[firstState]] : []
    let lengths = lengths(inputs).map { [$0] } ?? []
    let result = apply(
      GRUGradient(options: options),
      [g.dy(0), g.dy(1), g.output(0), g.output(2), g.output(3), inputs[1]] + first + lengths)
    let dq = result[1]
    var gradients: Gradients = [result[0]]
    gradients.append(
      g.needs(1) ? weightGradient(dq, statesBefore: statesBefore(g.output(0), inputs)) : nil)
    if options.hasBias { gradients.append(g.needs(2) ? dq.sum(axes: [0, 1]) : nil) }
    if options.hasState { gradients.append(result[2]) }
    if options.hasLengths { gradients.append(nil) }
    return gradients
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    composedSteps(inputs) { z, states in
      var products = states[0].matmul(inputs[1].transposed())
      if let bias = bias(inputs) { products = products + bias }
      let (z, q) = (z.chunked(3, axis: 1), products.chunked(3, axis: 1))
      let (r, u) = (sigmoid(z[0] + q[0]), sigmoid(z[1] + q[1]))
      let n = tanh(z[2] + r * q[2])
      return ([(1 - u) * n + u * states[0]], [Tensor.concatenate([r, u, n], axis: 1), q[2]])
    }
  }

  static var samples: [Sample] {
    samples(z: [3, 2, 6], weight: [6, 2], bias: [6], state: [2, 2]) { GRUSequence(options: $0) }
      + [
        Sample(
          GRUSequence(options: .init(isReversed: true, hasBias: true, hasLengths: true)),
          .uniform([5, 27, 57]), .uniform([57, 19], -0.5...0.5), .uniform([57]),
          .indices([27], below: 6))
      ]
  }
}

/// Goes from the last step read to the first, with dh_t + dy_t in dh:
///
///     dn = dh (1 − u) (1 − n²),  dr = dn q_n r (1 − r),  du = dh (h₋₁ − n) u (1 − u)
///     dz_t = (dr, du, dn),  dq_t = (dr, du, dn r),  dh ← dh u + dq_t W
///
/// Shape: dy [T, B, H], dh [B, H], y [T, B, H], gates [T, B, 3H], q_n [T, B, H], weights [3H, H],
/// first state [B, H] where there is one, lengths int64 [B] where there are → dz, dq [T, B, 3H],
/// dh [B, H]
struct GRUGradient: FusedPrimitive {
  static let name = "gruGradient"
  static let formula = "dz = (dr, du, dn), dq = (dr, du, dn r), dh ← dh u + dq W"
  static var checkedThrough: (any Primitive.Type)? { GRUSequence.self }
  let options: RecurrentOptions

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    options.checkDTypes(of: inputs, Self.name)
    return TensorTypes(inputs[3], inputs[3], inputs[1])
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    inputs[0].shape.count * (2 * inputs[5].shape[0] + 25)
  }

  private func lengths(_ inputs: Tensors) -> Tensor? {
    options.hasLengths ? inputs[inputs.count - 1] : nil
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32, inputs[0].count > 0 else { return nil }
    let rows = RecurrentRows(inputs[3].shape, gates: 3, options, lengths: lengths(inputs))
    let (dy, y) = (inputs[0].contiguous(), inputs[2].contiguous())
    let (gates, products) = (inputs[3].contiguous(), inputs[4].contiguous())
    let first = options.hasState ? inputs[6].contiguous() : nil
    let weight = rows.packed(inputs[5], transposed: false)
    let dz = Tensor(uninitialized: gates.shape, .float32)
    let dq = Tensor(uninitialized: gates.shape, .float32)
    let dh = backend.copy(inputs[1])
    let (pd, py) = (dy.pointer(Float.self), y.pointer(Float.self))
    let (pg, pp) = (gates.pointer(Float.self), products.pointer(Float.self))
    let (pf, pw) = (first?.pointer(Float.self), weight.pointer(Float.self))
    let (pz, pq, ph) = (
      dz.pointer(Float.self), dq.pointer(Float.self), dh.pointer(Float.self)
    )
    rows.forGroups { fledge_gru_grad_f32($0, pd, py, pg, pp, pf, pw, pz, pq, ph, $1) }
    withExtendedLifetime((dy, y, gates, products, first, weight)) {}
    return [dz, dq, dh]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, y, gates, products, weight) = (inputs[0], inputs[2], inputs[3], inputs[4], inputs[5])
    var dh = inputs[1]
    let first = options.hasState ? inputs[6] : Tensor.zeros(like: dh)
    let states = options.statesBefore(y, first: first, lengths: lengths(inputs))
    let time = dy.shape[0]
    var (dz, dq) = (Gradients(repeating: nil, count: time), Gradients(repeating: nil, count: time))
    for t in options.times(time).reversed() {
      let parts = gates.step(t).chunked(3, axis: 1)
      let (r, u, n, d) = (parts[0], parts[1], parts[2], dh + dy.step(t))
      let dn = d * (1 - u) * (1 - n.square())
      let dr = dn * products.step(t) * r * (1 - r)
      let du = d * (states.step(t) - n) * u * (1 - u)
      let sums = Tensor.concatenate([dr, du, dn], axis: 1)
      let recurrent = Tensor.concatenate([dr, du, dn * r], axis: 1)
      let before = d * u + recurrent.matmul(weight)
      if let isLive = lengths(inputs).map({ ($0 .> Double(t)).expandedDims(axis: 1) }) {
        let zeros = Tensor.zeros(like: sums)
        dz[t] = Tensor.where(isLive, sums, zeros)
        dq[t] = Tensor.where(isLive, recurrent, zeros)
        dh = Tensor.where(isLive, before, dh)
      } else {
        (dz[t], dq[t], dh) = (sums, recurrent, before)
      }
    }
    return [Tensor.stack(dz.map { $0! }), Tensor.stack(dq.map { $0! }), dh]
  }
}

/// A gated recurrent unit over all steps, from the inputs' products z = x Wᵢᵀ + bᵢ.
///
///     (q_r, q_u, q_n) = h Wᵀ + b,  r = σ(z_r + q_r),  u = σ(z_u + q_u),  n = tanh(z_n + r q_n)
///     h ← (1 − u) n + u h,  y_t = h
///
/// - Parameters:
///   - z: [T, B, 3H].
///   - weight: W, [3H, H].
///   - bias: b, [3H].
///   - state: h before the first step, [B, H]; zeros by default.
///   - lengths: int64 [B], see ``lstm(_:weight:bias:state:lengths:isReversed:)``.
///   - isReversed: From each row's last step to its first.
/// - Returns: y [T, B, H] and the state after the last step read.
public func gru(
  _ z: Tensor, weight: Tensor, bias: Tensor? = nil, state: Tensor? = nil, lengths: Tensor? = nil,
  isReversed: Bool = false
) -> (y: Tensor, h: Tensor) {
  let options = RecurrentOptions(
    isReversed: isReversed, hasBias: bias != nil, hasState: state != nil,
    hasLengths: lengths != nil)
  let inputs = Tensors([z, weight] + [bias, state, lengths].compactMap { $0 })
  let outputs = apply(GRUSequence(options: options), inputs)
  return (outputs[0], outputs[1])
}
