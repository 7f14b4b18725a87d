import CKernels

/// y_t = h ← f(z_t + b + h Wᵀ) over all steps (Elman 1990), f = tanh or max(0, ·).
///
/// Shape: z [T, B, H], weights [H, H], where there are bias [H], state [B, H], lengths int64 [B]
/// → y [T, B, H], last state [B, H]
struct RNNSequence: RecurrentPrimitive {
  static let name = "rnn"
  static let formula = "y_t = h ← f(z_t + b + h Wᵀ), f = tanh or max(0, ·)"
  static let gates = 1
  static let states = 1
  let options: RecurrentOptions
  let function: RNNFunction

  func outputTypes(of inputs: TensorTypes) -> TensorTypes { checkedTypes(of: inputs) }

  // A product with the weights for each step, and some 12 operations for each unit.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs[0].shape.count * (2 * inputs[1].shape[0] + 12)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32, inputs[0].count > 0 else { return nil }
    checkLengths(inputs)
    let rows = RecurrentRows(inputs[0].shape, gates: 1, options, lengths: lengths(inputs))
    let (z, bias) = (inputs[0].contiguous(), bias(inputs)?.contiguous())
    let weight = rows.packed(inputs[1], transposed: true)
    let (y, h) = (Tensor(uninitialized: z.shape, .float32), backend.copy(state(0, inputs)))
    let (pz, pb, pw) = (
      z.pointer(Float.self), bias?.pointer(Float.self), weight.pointer(Float.self)
    )
    let (py, ph) = (y.pointer(Float.self), h.pointer(Float.self))
    rows.forGroups { fledge_rnn_f32($0, function == .relu, pz, pb, pw, py, ph, $1) }
    withExtendedLifetime((z, bias, weight)) {}
    return [y, h]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    if g.createsGraph { return g.throughComposed(self)! }
    let inputs = g.savedInputs
    let result = apply(
      RNNGradient(options: options, function: function),
      [g.dy(0), g.dy(1), g.output(0), inputs[1]] + (lengths(inputs).map { [$0] } ?? []))
    let dz = result[0]
    var gradients: Gradients = [dz]
    gradients.append(
      g.needs(1) ? weightGradient(dz, statesBefore: statesBefore(g.output(0), inputs)) : nil)
    if options.hasBias { gradients.append(g.needs(2) ? dz.sum(axes: [0, 1]) : nil) }
    if options.hasState { gradients.append(result[1]) }
    if options.hasLengths { gradients.append(nil) }
    return gradients
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    composedSteps(inputs) { z, states in
      var sums = z + states[0].matmul(inputs[1].transposed())
      if let bias = bias(inputs) { sums = sums + bias }
      return ([function == .relu ? relu(sums) : tanh(sums)], [])
    }
  }

  static var samples: [Sample] {
    samples(z: [3, 2, 2], weight: [2, 2], bias: [2], state: [2, 2]) {
      RNNSequence(options: $0, function: .tanh)
    } + [
      Sample(
        RNNSequence(options: .init(hasState: true), function: .relu), .distinct([3, 2, 2]),
        .uniform([2, 2], 0.3...0.4), .uniform([2, 2], 0...0.02)),
      Sample(
        RNNSequence(
          options: .init(isReversed: true, hasBias: true, hasLengths: true), function: .tanh),
        .uniform([5, 27, 19]), .uniform([19, 19], -0.5...0.5), .uniform([19]),
        .indices([27], below: 6)),
    ]
  }
}

/// Goes from the last step read to the first, with dh_t + dy_t in dh: dz_t = dh f′, dh ← dz_t W.
/// Shape: dy [T, B, H], dh [B, H], y [T, B, H], weights [H, H], lengths int64 [B] where there are →
/// dz [T, B, H], dh [B, H]
struct RNNGradient: FusedPrimitive {
  static let name = "rnnGradient"
  static let formula = "dz = dh f′, dh ← dz W"
  static var checkedThrough: (any Primitive.Type)? { RNNSequence.self }
  let options: RecurrentOptions
  let function: RNNFunction

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    options.checkDTypes(of: inputs, Self.name)
    return TensorTypes(inputs[0], inputs[1])
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    inputs[0].shape.count * (2 * inputs[3].shape[0] + 4)
  }

  private func lengths(_ inputs: Tensors) -> Tensor? { options.hasLengths ? inputs[4] : nil }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32, inputs[0].count > 0 else { return nil }
    let rows = RecurrentRows(inputs[0].shape, gates: 1, options, lengths: lengths(inputs))
    let (dy, y) = (inputs[0].contiguous(), inputs[2].contiguous())
    let weight = rows.packed(inputs[3], transposed: false)
    let (dz, dh) = (Tensor(uninitialized: y.shape, .float32), backend.copy(inputs[1]))
    let (pd, py, pw) = (
      dy.pointer(Float.self), y.pointer(Float.self), weight.pointer(Float.self)
    )
    let (pz, ph) = (dz.pointer(Float.self), dh.pointer(Float.self))
    rows.forGroups { fledge_rnn_grad_f32($0, function == .relu, pd, py, pw, pz, ph, $1) }
    withExtendedLifetime((dy, y, weight)) {}
    return [dz, dh]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, y, weight) = (inputs[0], inputs[2], inputs[3])
    var dh = inputs[1]
    let time = dy.shape[0]
    var dz = Gradients(repeating: nil, count: time)
    for t in options.times(time).reversed() {
      let (d, h) = (dh + dy.step(t), y.step(t))
      let sums =
        function == .relu
        ? Tensor.where(h .> 0, d, Tensor.zeros([], dtype: d.dtype)) : d * (1 - h.square())
      if let isLive = lengths(inputs).map({ ($0 .> Double(t)).expandedDims(axis: 1) }) {
        dz[t] = Tensor.where(isLive, sums, Tensor.zeros(like: sums))
        dh = Tensor.where(isLive, sums.matmul(weight), dh)
      } else {
        (dz[t], dh) = (sums, sums.matmul(weight))
      }
    }
    return [Tensor.stack(dz.map { $0! }), dh]
  }
}

/// The activation of a plain recurrent layer.
public enum RNNFunction: String, Sendable, Codable {
  /// h = tanh z.
  case tanh
  /// h = max(0, z).
  case relu
}

/// The plain recurrent layer y_t = h ← f(z_t + b + h Wᵀ), from the inputs' products z = x Wᵢᵀ.
///
/// - Parameters:
///   - z: [T, B, H].
///   - weight: W, [H, H].
///   - bias: b, [H].
///   - state: h before the first step, [B, H]; zeros by default.
///   - lengths: int64 [B], see ``lstm(_:weight:bias:state:lengths:isReversed:)``.
///   - isReversed: From each row's last step to its first.
/// - Returns: y [T, B, H] and the state after the last step read.
public func rnn(
  _ z: Tensor, weight: Tensor, bias: Tensor? = nil, state: Tensor? = nil, lengths: Tensor? = nil,
  function: RNNFunction = .tanh, isReversed: Bool = false
) -> (y: Tensor, h: Tensor) {
  let options = RecurrentOptions(
    isReversed: isReversed, hasBias: bias != nil, hasState: state != nil,
    hasLengths: lengths != nil)
  let inputs = Tensors([z, weight] + [bias, state, lengths].compactMap { $0 })
  let outputs = apply(RNNSequence(options: options, function: function), inputs)
  return (outputs[0], outputs[1])
}
