import CKernels

/// Long short-term memory over all steps (Hochreiter & Schmidhuber 1997). For each step
///
///     (i, f, g, o) = z_t + b + h Wᵀ
///     c ← σ(f) c + σ(i) tanh(g)
///     h ← σ(o) tanh(c),  y_t = h
///
/// Shape: z [T, B, 4H], weights [4H, H], where there are bias [4H], states h, c [B, H], lengths int64
/// [B] → y [T, B, H], last h, c [B, H], gates after their functions [T, B, 4H], cells [T, B, H]
struct LSTMSequence: RecurrentPrimitive {
  static let name = "lstm"
  static let formula =
    "c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c) with (i, f, g, o) = z + b + h Wᵀ"
  static let gates = 4
  static let states = 2
  let options: RecurrentOptions

  var auxiliaryOutputCount: Int { 2 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let types = checkedTypes(of: inputs)
    return types + [inputs[0], types[0]]
  }

  // A product with the weights for each step, and some 30 operations for each unit.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs[0].shape.count * (2 * inputs[1].shape[0] + 30)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32, inputs[0].count > 0 else { return nil }
    checkLengths(inputs)
    let rows = RecurrentRows(inputs[0].shape, gates: 4, options, lengths: lengths(inputs))
    let (z, bias) = (inputs[0].contiguous(), bias(inputs)?.contiguous())
    let weight = rows.packed(inputs[1], transposed: true)
    let y = Tensor(uninitialized: [rows.time, rows.batch, rows.hidden], .float32)
    let cells = Tensor(uninitialized: y.shape, .float32)
    let gates = Tensor(uninitialized: z.shape, .float32)
    let (h, c) = (backend.copy(state(0, inputs)), backend.copy(state(1, inputs)))
    let (pz, pb, pw) = (
      z.pointer(Float.self), bias?.pointer(Float.self), weight.pointer(Float.self)
    )
    let (py, pg, pe) = (
      y.pointer(Float.self), gates.pointer(Float.self), cells.pointer(Float.self)
    )
    let (ph, pc) = (h.pointer(Float.self), c.pointer(Float.self))
    rows.forGroups { fledge_lstm_f32($0, pz, pb, pw, py, pg, pe, ph, pc, $1) }
    withExtendedLifetime((z, bias, weight)) {}
    return [y, h, c, gates, cells]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    if g.createsGraph { return g.throughComposed(self)! }
    let inputs = g.savedInputs
    let cell = options.hasState ? [inputs[firstState + 1]] : []
    let lengths = lengths(inputs).map { [$0] } ?? []
    let result = apply(
      LSTMGradient(options: options),
      [g.dy(0), g.dy(1), g.dy(2), g.output(3), g.output(4), inputs[1]] + cell + lengths)
    let dz = result[0]
    var gradients: Gradients = [dz]
    gradients.append(
      g.needs(1) ? weightGradient(dz, statesBefore: statesBefore(g.output(0), inputs)) : nil)
    if options.hasBias { gradients.append(g.needs(2) ? dz.sum(axes: [0, 1]) : nil) }
    if options.hasState { gradients += [result[1], result[2]] }
    if options.hasLengths { gradients.append(nil) }
    return gradients
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    composedSteps(inputs) { z, states in
      var sums = z + states[0].matmul(inputs[1].transposed())
      if let bias = bias(inputs) { sums = sums + bias }
      let parts = sums.chunked(4, axis: 1)
      let (i, f, o) = (sigmoid(parts[0]), sigmoid(parts[1]), sigmoid(parts[3]))
      let g = tanh(parts[2])
      let c = f * states[1] + i * g
      return ([o * tanh(c), c], [Tensor.concatenate([i, f, g, o], axis: 1)])
    }
  }

  static var samples: [Sample] {
    func layer(_ options: RecurrentOptions) -> LSTMSequence { LSTMSequence(options: options) }
    let (z, w, b, s): (SampleInput, SampleInput, SampleInput, SampleInput) = (
      .uniform([3, 2, 8]), .uniform([8, 2], -1...1), .uniform([8]), .uniform([2, 2])
    )
    return [
      Sample(layer(.init()), .uniform([2, 2, 4]), .uniform([4, 1])),
      Sample(layer(.init(hasBias: true)), z, w, b),
      Sample(layer(.init(hasBias: true, hasState: true)), z, w, b, s, s),
      Sample(layer(.init(isReversed: true, hasState: true)), z, w, s, s),
      Sample(
        layer(.init(hasState: true, hasLengths: true)), z, w, s, s, .indices([2], below: 3)),
      Sample(
        layer(.init(isReversed: true, hasState: true, hasLengths: true)), z, w, s, s,
        .indices([2], below: 3)),
      Sample(
        layer(.init(isReversed: true, hasBias: true, hasLengths: true)), .uniform([5, 27, 76]),
        .uniform([76, 19], -0.5...0.5), .uniform([76]), .indices([27], below: 6)),
    ]
  }
}

/// Goes from the last step read to the first, with dh_t + dy_t in dh and dc the states' gradients:
///
///     dc ← dc + dh o (1 − tanh² c),  dz_t = (dc g i (1 − i), dc c₋₁ f (1 − f), dc i (1 − g²),
///                                            dh tanh(c) o (1 − o))
///     dh ← dz_t W,  dc ← dc f
///
/// Shape: dy [T, B, H], dh, dc [B, H], gates [T, B, 4H], cells [T, B, H], weights [4H, H], first cell
/// [B, H] where there is a state, lengths int64 [B] where there are → dz [T, B, 4H], dh, dc [B, H]
struct LSTMGradient: FusedPrimitive {
  static let name = "lstmGradient"
  static let formula = "dz = dc · (g i′, c₋₁ f′, i g′) and dh tanh(c) o′, dh ← dz W, dc ← dc f"
  static var checkedThrough: (any Primitive.Type)? { LSTMSequence.self }
  let options: RecurrentOptions

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    options.checkDTypes(of: inputs, Self.name)
    return TensorTypes(inputs[3], inputs[1], inputs[2])
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    inputs[0].shape.count * (2 * inputs[5].shape[0] + 40)
  }

  private func lengths(_ inputs: Tensors) -> Tensor? {
    options.hasLengths ? inputs[inputs.count - 1] : nil
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs[0].dtype == .float32, inputs[0].count > 0 else { return nil }
    let rows = RecurrentRows(inputs[3].shape, gates: 4, options, lengths: lengths(inputs))
    let (dy, gates, cells) = (
      inputs[0].contiguous(), inputs[3].contiguous(), inputs[4].contiguous()
    )
    let first = options.hasState ? inputs[6].contiguous() : nil
    let weight = rows.packed(inputs[5], transposed: false)
    let dz = Tensor(uninitialized: gates.shape, .float32)
    let (dh, dc) = (backend.copy(inputs[1]), backend.copy(inputs[2]))
    let (py, pg, pe) = (
      dy.pointer(Float.self), gates.pointer(Float.self), cells.pointer(Float.self)
    )
    let (pf, pw) = (first?.pointer(Float.self), weight.pointer(Float.self))
    let (pz, ph, pc) = (
      dz.pointer(Float.self), dh.pointer(Float.self), dc.pointer(Float.self)
    )
    rows.forGroups { fledge_lstm_grad_f32($0, py, pg, pe, pf, pw, pz, ph, pc, $1) }
    withExtendedLifetime((dy, gates, cells, first, weight)) {}
    return [dz, dh, dc]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, gates, cells, weight) = (inputs[0], inputs[3], inputs[4], inputs[5])
    var (dh, dc) = (inputs[1], inputs[2])
    let time = dy.shape[0]
    let first = options.hasState ? inputs[6] : Tensor.zeros(like: dh)
    var dz = Gradients(repeating: nil, count: time)
    let times = options.times(time)
    for (s, t) in times.enumerated().reversed() {
      let parts = gates.step(t).chunked(4, axis: 1)
      let (i, f, g, o) = (parts[0], parts[1], parts[2], parts[3])
      let before = s == 0 ? first : cells.step(times[s - 1])
      let (d, squashed) = (dh + dy.step(t), tanh(cells.step(t)))
      let cell = dc + d * o * (1 - squashed.square())
      let sums = Tensor.concatenate(
        [
          cell * g * i * (1 - i), cell * before * f * (1 - f), cell * i * (1 - g.square()),
          d * squashed * o * (1 - o),
        ], axis: 1)
      if let lengths = lengths(inputs) {
        let isLive = (lengths .> Double(t)).expandedDims(axis: 1)
        dz[t] = Tensor.where(isLive, sums, Tensor.zeros(like: sums))
        dh = Tensor.where(isLive, sums.matmul(weight), dh)
        dc = Tensor.where(isLive, cell * f, dc)
      } else {
        (dz[t], dh, dc) = (sums, sums.matmul(weight), cell * f)
      }
    }
    return [Tensor.stack(dz.map { $0! }), dh, dc]
  }
}

/// Long short-term memory over all steps, from the inputs' products z = x Wᵢᵀ.
///
///     (i, f, g, o) = z_t + b + h Wᵀ,  c ← σ(f) c + σ(i) tanh(g),  h ← σ(o) tanh(c),  y_t = h
///
/// - Parameters:
///   - z: [T, B, 4H].
///   - weight: W, [4H, H].
///   - bias: b, [4H].
///   - state: h and c before the first step, [B, H] each; zeros by default.
///   - lengths: int64 [B]: row b ends after lengths[b] steps. Later outputs are 0, and the last
///     states are those at its end.
///   - isReversed: From each row's last step to its first.
/// - Returns: y [T, B, H] and the states after the last step read.
public func lstm(
  _ z: Tensor, weight: Tensor, bias: Tensor? = nil, state: (h: Tensor, c: Tensor)? = nil,
  lengths: Tensor? = nil, isReversed: Bool = false
) -> (y: Tensor, h: Tensor, c: Tensor) {
  let options = RecurrentOptions(
    isReversed: isReversed, hasBias: bias != nil, hasState: state != nil,
    hasLengths: lengths != nil)
  var inputs = Tensors(z, weight)
  if let bias { inputs.append(bias) }
  if let state { inputs += [state.h, state.c] }
  if let lengths { inputs.append(lengths) }
  let outputs = apply(LSTMSequence(options: options), inputs)
  return (outputs[0], outputs[1], outputs[2])
}
