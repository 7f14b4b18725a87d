import CKernels

// The common part of the recurrent operations; each of them is a file beside this one.
//
// A recurrent layer is split by cost (Appleyard et al. 2016): the products of the inputs do not
// depend on each other, so they are one large product for all steps, z = x Wᵢᵀ, outside. The
// operation takes z and goes through the steps.

/// Which way a sequence is read, and what comes with it.
struct RecurrentOptions: Sendable, Hashable, Codable {
  /// From the last step to the first.
  var isReversed = false
  var hasBias = false
  /// Whether states before the first step are given; zeros otherwise.
  var hasState = false
  var hasLengths = false

  /// The times in the order in which they are read.
  func times(_ count: Int) -> [Int] {
    isReversed ? (0..<count).reversed() : Array(0..<count)
  }

  /// Traps unless all inputs are of one floating type, except lengths, which come last and are int64.
  func checkDTypes(of inputs: TensorTypes, _ operation: String) {
    guard hasLengths else { return requireFloatingPoint(inputs, operation) }
    requireFloatingPoint(TensorTypes(inputs.dropLast()), operation)
    requireIntegers(inputs[inputs.count - 1], .int64, operation)
  }

  /// The state before each time.   Shape: y [T, B, H], first [B, H], lengths [B] → [T, B, H]
  func statesBefore(_ y: Tensor, first: Tensor, lengths: Tensor?) -> Tensor {
    let (time, first) = (y.shape[0], first.expandedDims(axis: 0))
    if !isReversed {
      return Tensor.concatenate([first, y.sliced(axis: 0, from: 0, count: time - 1)])
    }
    let before = Tensor.concatenate([y.sliced(axis: 0, from: 1, count: time - 1), first])
    guard let lengths, hasState else { return before }
    // Each row begins at its own end, where y holds the zeros behind it.
    let last = Tensor.arange(time).reshaped([time, 1]) .== (lengths - 1)
    return Tensor.where(last.expandedDims(axis: 2), first, before)
  }
}

/// A recurrent operation over all steps.
///
/// Inputs: z [T, B, G·H], recurrent weights [G·H, H], and depending on the options bias [G·H],
/// states [B, H] and lengths int64 [B]. Outputs: y [T, B, H], the last states [B, H], and values
/// that only the gradient rule reads.
protocol RecurrentPrimitive: FusedPrimitive {
  /// G: how many gates of size H a step computes.
  static var gates: Int { get }
  /// The number of states of size H.
  static var states: Int { get }
  var options: RecurrentOptions { get }
}

extension RecurrentPrimitive {
  /// A half type makes the products of the inputs cheaper, which are outside. The steps go on in
  /// float32, so that no state is rounded again and again.
  static var precision: AutocastRule { .full }

  // A product with the weights for each step.
  func multiplyAddCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs[0].shape.count * inputs[1].shape[0]
  }

  // All inputs, because second derivatives go through the composed form.
  var saves: SavedValues { [.inputs, .outputs] }

  func bias(_ inputs: Tensors) -> Tensor? { options.hasBias ? inputs[2] : nil }

  func lengths(_ inputs: Tensors) -> Tensor? {
    options.hasLengths ? inputs[inputs.count - 1] : nil
  }

  /// Traps on a length that no sequence has.
  func checkLengths(_ inputs: Tensors) {
    guard let lengths = lengths(inputs), !lengths.isAbstract else { return }
    let time = inputs[0].shape[0]
    for length in lengths.array(of: Int.self) {
      require(
        (0...time).contains(length), Self.name, "a length of \(length) among \(time) steps")
    }
  }

  var firstState: Int { options.hasBias ? 3 : 2 }

  /// State i before the first step.   Shape: [B, H]
  func state(_ i: Int, _ inputs: Tensors) -> Tensor {
    if options.hasState { return inputs[firstState + i] }
    return Tensor.zeros([inputs[0].shape[1], inputs[1].shape[1]], dtype: inputs[0].dtype)
  }

  /// The types of y and the last states, after checking the inputs.
  func checkedTypes(of inputs: TensorTypes) -> TensorTypes {
    let floating = options.hasLengths ? TensorTypes(inputs.dropLast()) : inputs
    requireFloatingPoint(floating, Self.name)
    let (z, weight) = (inputs[0].shape, inputs[1].shape)
    require(
      z.rank == 3 && z[0] > 0 && weight.rank == 2 && weight[0] == Self.gates * weight[1]
        && z[2] == weight[0], Self.name,
      "needs z [T, B, \(Self.gates)H] with T > 0 and weights [\(Self.gates)H, H], got \(z) and \(weight)"
    )
    let (time, batch, hidden) = (z[0], z[1], weight[1])
    let state = TensorType(shape: [batch, hidden], dtype: inputs[0].dtype)
    for input in floating.dropFirst(firstState) {
      require(input == state, Self.name, "a state must be \(state), got \(input)")
    }
    if options.hasBias {
      require(
        inputs[2].shape == [weight[0]], Self.name,
        "the bias must be [\(weight[0])], the shape is \(inputs[2].shape)")
    }
    if options.hasLengths {
      let expected = TensorType(shape: [batch], dtype: .int64)
      require(
        inputs[inputs.count - 1] == expected, Self.name,
        "lengths must be \(expected), got \(inputs[inputs.count - 1])")
    }
    let y = TensorType(shape: [time, batch, hidden], dtype: inputs[0].dtype)
    return TensorTypes(y) + TensorTypes(repeating: state, count: Self.states)
  }

  /// The steps of the composed form. From z [B, G·H] and the states, `step` makes the new states
  /// and the values to keep for a time step. The first state is the output. The kept values come
  /// last, followed by the other states after each step.
  func composedSteps(
    _ inputs: Tensors, _ step: (Tensor, [Tensor]) -> (states: [Tensor], kept: [Tensor])
  ) -> Tensors {
    checkLengths(inputs)
    let time = inputs[0].shape[0]
    var states = (0..<Self.states).map { state($0, inputs) }
    var outputs = [Tensor?](repeating: nil, count: time)
    var kept = [[Tensor]](repeating: [], count: time)
    for t in options.times(time) {
      let new = step(inputs[0].step(t), states)
      if let lengths = lengths(inputs) {
        let isLive = (lengths .> Double(t)).expandedDims(axis: 1)
        outputs[t] = Tensor.where(isLive, new.states[0], Tensor.zeros(like: new.states[0]))
        states = zip(new.states, states).map { Tensor.where(isLive, $0, $1) }
      } else {
        states = new.states
        outputs[t] = states[0]
      }
      kept[t] = new.kept + states.dropFirst()
    }
    let stacks = kept[0].indices.map { i in Tensor.stack(kept.map { $0[i] }) }
    return Tensors(Tensor.stack(outputs.map { $0! })) + states + stacks
  }

  /// The state before each step, for the gradient of the recurrent weights.   Shape: [T, B, H]
  func statesBefore(_ y: Tensor, _ inputs: Tensors) -> Tensor {
    options.statesBefore(y, first: state(0, inputs), lengths: lengths(inputs))
  }

  /// Σ over steps and rows of dzᵀ h.   Shape: dz [T, B, G·H], [T, B, H] → [G·H, H]
  func weightGradient(_ dz: Tensor, statesBefore: Tensor) -> Tensor {
    let rows = dz.shape[0] * dz.shape[1]
    return dz.reshaped([rows, dz.shape[2]]).transposed()
      .matmul(statesBefore.reshaped([rows, statesBefore.shape[2]]))
  }
}

extension RecurrentPrimitive {
  /// One sample for every combination of inputs that a rule treats differently.
  static func samples(
    z: Shape, weight: Shape, bias: Shape, state: Shape, _ make: (RecurrentOptions) -> Self
  ) -> [Sample] {
    let (z, w, b) = (
      SampleInput.uniform(z), SampleInput.uniform(weight, -1...1), SampleInput.uniform(bias)
    )
    let (s, lengths) = (SampleInput.uniform(state), SampleInput.indices([state[0]], below: 3))
    return [
      Sample(make(.init(hasBias: true)), z, w, b),
      Sample(make(.init(isReversed: true, hasBias: true, hasState: true)), z, w, b, s),
      Sample(make(.init(hasState: true, hasLengths: true)), z, w, s, lengths),
      Sample(make(.init(isReversed: true, hasState: true, hasLengths: true)), z, w, s, lengths),
    ]
  }
}

extension Tensor {
  /// [T, …] at time t.
  func step(_ t: Int) -> Tensor { sliced(axis: 0, from: t, count: 1).squeezed(axis: 0) }
}

/// Groups of the rows of a batch; one thread takes each group through all steps.
///
/// No step waits for another thread; all read the weights, which are packed once. The groups depend
/// on the shape alone, and no row's result depends on its group.
struct RecurrentRows {
  let time, batch, hidden, gates: Int
  let options: RecurrentOptions
  let lengths: Tensor?

  init(_ z: Shape, gates: Int, _ options: RecurrentOptions, lengths: Tensor?) {
    (time, batch, hidden) = (z[0], z[1], z[2] / gates)
    self.gates = gates
    self.options = options
    self.lengths = lengths?.contiguous()
  }

  /// op(weight) packed for ``fledge_gemm_rows_f32``: transposed going forward, [H, G·H], and
  /// unchanged going backward, [G·H, H].
  func packed(_ weight: Tensor, transposed: Bool) -> Tensor {
    let weight = weight.contiguous()
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    let (n, k) = transposed ? (rows, columns) : (columns, rows)
    let result = Tensor(uninitialized: [fledge_gemm_packed_right_count(n, k)], .float32)
    let (source, target) = (weight.pointer(Float.self), result.pointer(Float.self))
    let panel = fledge_gemm_panel()
    let grain = max(1, (1 << 15) / (panel * k)) * panel
    ThreadPool.forRanges(n, grain: grain) { range in
      fledge_gemm_pack_right_f32(
        transposed, range.lowerBound, range.upperBound, n, k, source, columns, target)
    }
    withExtendedLifetime(weight) {}
    return result
  }

  /// Calls `body` for each group of rows, each with its own scratch memory.
  func forGroups(_ body: (fledge_sequence, UnsafeMutablePointer<Float>) -> Void) {
    // At most 12 rows, which one register tile holds, and an even number of groups. A network that
    // is over before a second thread is awake is one group.
    let isSmall = time * batch * gates * hidden * hidden < 1 << 18
    let count = isSmall ? (batch + 11) / 12 : min(batch, 2 * ((batch + 23) / 24))
    let height = (batch + count - 1) / max(count, 1)
    ThreadPool.forRanges(batch, grain: max(height, 1)) { rows in
      let sequence = fledge_sequence(
        T: time, B: batch, H: hidden, first: rows.lowerBound, rows: rows.count,
        reversed: options.isReversed, from_zero: !options.hasState,
        lengths: lengths.map { UnsafePointer($0.pointer(Int64.self)) })
      withScratch(fledge_recurrent_scratch(rows.count, hidden, gates)) { body(sequence, $0) }
    }
  }
}
