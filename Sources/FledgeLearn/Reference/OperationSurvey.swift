import FledgeCore
import Synchronization

/// What each operation of the registry does, found by running its samples: on a backend that notes
/// which of its kernels are called, and through the gradient rules of what they recorded.
///
/// Nothing is declared for it, so nothing can be declared wrongly.
struct OperationSurvey {
  /// What is known of an operation.
  struct Facts {
    /// The kernels of the backend that its forward rule calls.
    var kernels: [String] = []
    /// Whether the backend runs the whole operation, without its forward rule.
    var isFused = false
    /// Whether all outputs are views of inputs.
    var isView = true
    /// Whether some call of its gradient rule gives a gradient.
    var hasGradients = false
    /// Whether some call of the gradient rule runs the rule itself.
    var usesRule = false
    /// Whether some call of the gradient rule differentiates the composed form.
    var usesComposedForm = false
    var hasComposedForm = false

    var gradient: String {
      guard hasGradients else { return "none" }
      if usesComposedForm { return usesRule ? "rule, or composed form" : "composed form" }
      return "rule"
    }

    var kernel: String {
      if isFused { return "C kernel" }
      if !kernels.isEmpty { return kernels.map { "`\($0)`" }.joined(separator: ", ") }
      return isView ? "view" : "own code"
    }
  }

  /// By the names of the operations.
  private(set) var facts: [String: Facts] = [:]
  private let log = CallLog()

  init(of primitives: [any Primitive.Type] = Registry.builtIn) {
    let generator = Generator(seed: 1)
    for primitive in primitives {
      for sample in primitive.samples {
        examine(sample.primitive, sample.tensors(.float32, using: generator))
      }
    }
    // Gradient primitives without samples: as the rules of other operations called them.
    for primitive in primitives where primitive.samples.isEmpty {
      for call in log.calls[primitive.name] ?? [] { examine(call.primitive, call.inputs) }
    }
  }

  /// Runs an operation on inputs in row-major order and on the same with other strides.
  private mutating func examine(_ primitive: any Primitive, _ inputs: [Tensor]) {
    let strided = inputs.map { x in
      let reversed = Array((0..<x.rank).reversed())
      return x.permuted(reversed).contiguous().permuted(reversed)
    }
    var facts = facts[type(of: primitive).name] ?? Facts()
    log.beginForward(of: type(of: primitive).name)
    let composed = withTransformation(log) {
      withoutGradients { primitive.composed(Tensors(inputs)) }
    }
    // A composed form without an operation (a sum over no axes) cannot be told from a rule.
    let isPlain = composed == nil || log.operationCount > 0
    if composed != nil { facts.hasComposedForm = true }
    for inputs in [inputs, strided] {
      log.beginForward(of: type(of: primitive).name)
      let outputs = Array(
        withBackend(NotingBackend(log: log)) { apply(primitive, Tensors(inputs)) })
      for kernel in log.kernels where !facts.kernels.contains(kernel) {
        facts.kernels.append(kernel)
      }
      facts.isFused = facts.isFused || log.isFused
      facts.isView =
        facts.isView && outputs.allSatisfy { y in inputs.contains { $0.storage === y.storage } }
      guard isPlain else { continue }
      // Some rules have cases for who wants a gradient: all inputs, or the first alone.
      let floating = inputs.indices.filter { inputs[$0].dtype.isFloatingPoint }
      for wanted in [floating, Array(floating.prefix(1))] {
        var leaves = inputs
        for i in wanted { leaves[i] = leaves[i].requiringGradients() }
        examineRule(of: Array(apply(primitive, Tensors(leaves))), &facts)
      }
    }
    self.facts[type(of: primitive).name] = facts
  }

  /// Calls the gradient rule that `outputs` recorded, without a graph and with one.
  private func examineRule(of outputs: [Tensor], _ facts: inout Facts) {
    guard let node = outputs.lazy.compactMap(\.graphNode).first else { return }
    let dy = outputs.map { y -> Tensor? in
      y.graphNode.map { _ in Tensor.ones(y.shape, dtype: y.dtype) }
    }
    for recordsGradients in [false, true] {
      log.beginBackward(recordsGradients: recordsGradients)
      let gradients = withTransformation(log) {
        recordsGradients
          ? withGradients { node.inputGradients(dy) }
          : withoutGradients { node.inputGradients(dy) }
      }
      guard gradients.contains(where: { $0 != nil }) else { continue }
      facts.hasGradients = true
      if log.usedComposedForm { facts.usesComposedForm = true } else { facts.usesRule = true }
    }
  }
}

/// What happened since the last `begin…`, and the operations that gradient rules called.
private final class CallLog: Transformation {
  private struct State {
    var examined = ""
    var kernels: [String] = []
    var isFused = false
    var operationCount = 0
    var recordsGradients = false
    var usedComposedForm = false
    var calls: [String: [(primitive: any Primitive, inputs: [Tensor])]] = [:]
  }
  private let state = Mutex(State())

  var kernels: [String] { state.withLock { $0.kernels } }
  var isFused: Bool { state.withLock { $0.isFused } }
  /// How many operations passed the door under this transformation.
  var operationCount: Int { state.withLock { $0.operationCount } }
  var usedComposedForm: Bool { state.withLock { $0.usedComposedForm } }
  var calls: [String: [(primitive: any Primitive, inputs: [Tensor])]] {
    state.withLock { $0.calls }
  }

  func beginForward(of name: String) {
    state.withLock { state in
      (state.examined, state.kernels) = (name, [])
      (state.isFused, state.operationCount) = (false, 0)
    }
  }

  func beginBackward(recordsGradients: Bool) {
    state.withLock { ($0.recordsGradients, $0.usedComposedForm) = (recordsGradients, false) }
  }

  func note(kernel: String) { state.withLock { $0.kernels.append(kernel) } }
  /// An operation of the composed form may be fused where the whole is not.
  func noteFused(_ name: String) {
    state.withLock { if $0.examined == name { $0.isFused = true } }
  }

  /// A rule that goes through the composed form records it, even if the rule itself is not
  /// recorded. If the rule is recorded, each input passes an alias first.
  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let name = type(of: primitive).name
    let isRecorded = ExecutionContext.current.recordsGradients
    state.withLock { state in
      state.operationCount += 1
      if state.recordsGradients ? name == "alias" : isRecorded { state.usedComposedForm = true }
      if type(of: primitive).samples.isEmpty {
        state.calls[name, default: []].append((primitive, inputs.map { $0.detached() }))
      }
    }
    return next(primitive, inputs)
  }
}

/// The CPU backend, with a note of each kernel that is called.
private struct NotingBackend: Backend {
  let log: CallLog
  let base = CPUBackend()

  var fallback: any Backend { base }
  func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
    let outputs = base.run(primitive, inputs)
    if outputs != nil { log.noteFused(type(of: primitive).name) }
    return outputs
  }

  private func noted<R>(_ result: R, _ function: String = #function) -> R {
    log.note(kernel: String(function.prefix { $0 != "(" }))
    return result
  }

  func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor { noted(base.map(kernel, x)) }
  func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    noted(base.zip(kernel, a, b))
  }
  func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor) {
    noted(base.zip(kernel, into: &a, b))
  }
  func compare(_ kernel: ComparisonKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    noted(base.compare(kernel, a, b))
  }
  func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    noted(base.select(condition, a, b))
  }
  func copy(_ x: Tensor) -> Tensor { noted(base.copy(x)) }
  func cast(_ x: Tensor, to dtype: DType) -> Tensor { noted(base.cast(x, to: dtype)) }
  func fill(_ shape: Shape, _ value: Double, _ dtype: DType) -> Tensor {
    noted(base.fill(shape, value, dtype))
  }
  func concatenate(_ x: [Tensor], axis: Int) -> Tensor { noted(base.concatenate(x, axis: axis)) }
  func placeInZeros(_ x: Tensor, of shape: Shape, at region: Layout) -> Tensor {
    noted(base.placeInZeros(x, of: shape, at: region))
  }
  func write(_ x: Tensor, into y: inout Tensor, at region: Layout) {
    noted(base.write(x, into: &y, at: region))
  }
  func write(
    _ x: Tensor, into y: inout Tensor, at region: Layout, indices: Tensor, axis: Int
  ) {
    noted(base.write(x, into: &y, at: region, indices: indices, axis: axis))
  }
  func take(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor {
    noted(base.take(x, indices, axis: axis))
  }
  func takeAdjoint(_ x: Tensor, _ indices: Tensor, axis: Int, count: Int) -> Tensor {
    noted(base.takeAdjoint(x, indices, axis: axis, count: count))
  }
  func gather(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor {
    noted(base.gather(x, indices, axis: axis))
  }
  func scatterAdd(_ base: Tensor, _ indices: Tensor, _ x: Tensor, axis: Int) -> Tensor {
    noted(self.base.scatterAdd(base, indices, x, axis: axis))
  }
  func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    noted(base.reduce(kernel, x, axes: axes, dtype: dtype))
  }
  func argReduce(_ x: Tensor, axis: Int, largest: Bool) -> Tensor {
    noted(base.argReduce(x, axis: axis, largest: largest))
  }
  func cumulativeSum(_ x: Tensor, axis: Int) -> Tensor { noted(base.cumulativeSum(x, axis: axis)) }
  func sort(_ x: Tensor, descending: Bool) -> (values: Tensor, indices: Tensor) {
    noted(base.sort(x, descending: descending))
  }
  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { noted(base.matmul(a, b)) }
}
