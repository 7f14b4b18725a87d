import CKernels
import FledgeCore

/// The rule of an optimizer, as one operation at the door for each parameter's step:
///
///     inputs     the value, its slots, the gradient, the numbers of the step
///     outputs    the new value, the new slots
///
/// Settings of the whole optimizer (β₁, ε) are stored properties, and so attributes of the
/// operation. Numbers that change from step to step (η, bias corrections) are an input,
/// ``StepNumbers``, so that a recorded step can be run again with other rates.
///
/// ``next(_:_:_:)`` states the rule in tensor operations: it is the reference, and the form that
/// can be differentiated and compiled. For float32 on the CPU backend, a C kernel, if there is one,
/// does it in one pass over memory.
protocol UpdateRule: UpdatingPrimitive {
  /// The new value and slots from those in `targets`, which have the dtype of the gradient and the
  /// numbers.
  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors

  /// Whether the slots have the shape of the value; a factored one has less.
  var slotsHaveShapeOfValue: Bool { get }

  /// What the kernel is told beside the numbers of the step; nil where there is none.
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? { get }

  /// Takes the step by the kernel, in place; false if there is none. `targets` and `gradient` are
  /// float32 and contiguous.
  func takeKernelStep(_ targets: Tensors, _ gradient: Tensor, _ numbers: StepNumbers) -> Bool
}

extension UpdateRule {
  static var precision: AutocastRule { .given }

  var slotsHaveShapeOfValue: Bool { true }

  var kernel: (function: fledge_rule, constants: fledge_rule_options)? { nil }

  func takeKernelStep(_ targets: Tensors, _ gradient: Tensor, _ numbers: StepNumbers) -> Bool {
    guard let (function, constants) = kernel else { return false }
    run(function, numbers.options(constants), targets, gradient)
    return true
  }

  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend) {
    if backend.update(self, &targets, others) { return }
    let results = advanced(targets, others[0], others[1])
    for i in targets.indices { targets[i].overwrite(with: results[i]) }
  }

  /// Slots have the type of the value, since kernels write them all as the value's. The gradient may
  /// have another dtype, and is cast.
  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    require(
      inputs.count == targetCount + 2, Self.name,
      "takes \(targetCount + 2) inputs, got \(inputs.count)")
    for i in 0..<inputs.count { checkInput(i, inputs[i], value: inputs[0]) }
    return TensorTypes(inputs.prefix(targetCount))
  }

  // Asked for each parameter of each step, so without lists of types; if the answer is no, the shape
  // rule decides and says why. Factored slots always go there.
  func check(_ targets: Tensors, _ others: Tensors) {
    let isFit =
      targets.count == targetCount && others.count == 2
      && targets.haveOneType && targets.dtype(0).isFloatingPoint
      && others.shape(0) == targets.shape(0) && others.dtype(0).isFloatingPoint
      && others.shape(1) == [6] && others.dtype(1) == .float64
    if !isFit { _ = outputTypes(of: (targets + others).types) }
  }

  private func checkInput(_ i: Int, _ input: TensorType, value: TensorType) {
    switch i {
    case targetCount + 1:
      require(
        input.shape == [6] && input.dtype == .float64, Self.name,
        "the numbers of the step must be float64[6], got \(input)")
    case targetCount:
      require(
        input.shape == value.shape && input.dtype.isFloatingPoint, Self.name,
        "a gradient \(input) for a value \(value)")
    default:
      let isShaped = input.shape == value.shape || !slotsHaveShapeOfValue
      require(
        isShaped && input.dtype == value.dtype && value.dtype.isFloatingPoint, Self.name,
        "types differ: the value is \(value) and its slot \(i) \(input)")
    }
  }

  func fusedUpdate(_ targets: inout Tensors, _ others: Tensors) -> Bool {
    targets.dtype(0) == .float32 && others.dtype(0) == .float32
      && takeKernelStep(targets, others[0].contiguous(), StepNumbers(others[1]))
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    advanced(
      Tensors(inputs.prefix(targetCount)), inputs[targetCount], inputs[targetCount + 1])
  }

  /// Half types are stepped in float32: ε and small squares would vanish in them.
  private func advanced(_ targets: Tensors, _ gradient: Tensor, _ numbers: Tensor) -> Tensors {
    let dtype = targets[0].dtype
    let wide: DType = dtype == .float64 ? .float64 : .float32
    let results = next(
      Tensors(targets.map { $0.cast(to: wide) }), gradient.cast(to: wide),
      RuleNumbers(tensor: numbers, dtype: wide))
    return Tensors(results.map { $0.cast(to: dtype) })
  }
}

/// Runs a kernel over the value and the slots in `targets`, in place, on several threads.
func run(
  _ kernel: fledge_rule, _ options: fledge_rule_options, _ targets: Tensors, _ gradient: Tensor
) {
  let (value, gradients) = (targets.pointer(0, Float.self), gradient.pointer(Float.self))
  ThreadPool.forElements(gradient.count) { range in
    let start = range.lowerBound
    withUnsafeTemporaryAllocation(
      of: UnsafeMutablePointer<Float>.self, capacity: targets.count
    ) { slots in
      for slot in 1..<targets.count { slots[slot - 1] = targets.pointer(slot, Float.self) + start }
      kernel(value + start, gradients + start, slots.baseAddress!, range.count, options)
    }
  }
  withExtendedLifetime((targets, gradient)) {}
}

/// What changes from step to step of an ``UpdateRule``. Which of them a rule reads, its formula says.
struct StepNumbers: Equatable {
  /// η, all schedules applied, with Adam's correction of the mean in it.
  var rate: Double
  /// λ, of the weight that joins the gradient.
  var decay = 0.0
  /// Multiplies the value first: 1 − η λ where the decay is decoupled.
  var keep = 1.0
  /// Factors of the gradient, of the mean, and of the root of the mean square, where they are used.
  var ofGradient = 1.0
  var ofMean = 1.0
  var ofRoot = 1.0

  /// The step of η with the decay λ, which joins the gradient or shrinks the value itself.
  init(rate: Double, decay: Double = 0, isDecoupled: Bool = false) {
    self.rate = rate
    if isDecoupled { keep = 1 - rate * decay } else { self.decay = decay }
  }

  /// From an input of the operation.
  init(_ tensor: Tensor) {
    let tensor = tensor.contiguous()
    let numbers = tensor.pointer(Double.self)
    rate = numbers[0]
    (decay, keep) = (numbers[1], numbers[2])
    (ofGradient, ofMean, ofRoot) = (numbers[3], numbers[4], numbers[5])
    withExtendedLifetime(tensor) {}
  }

  static let type = TensorType(shape: [6], dtype: .float64)

  /// As an input of the operation.   Shape: float64 [6]
  var tensor: Tensor {
    Tensor(shape: [6], writing: Double.self) { numbers in
      (numbers[0], numbers[1], numbers[2]) = (rate, decay, keep)
      (numbers[3], numbers[4], numbers[5]) = (ofGradient, ofMean, ofRoot)
    }
  }

  /// For a kernel: these numbers, and what `constants` says of β₁, β₂, μ and ε.
  func options(_ constants: fledge_rule_options) -> fledge_rule_options {
    var options = constants
    (options.rate, options.decay, options.keep) = (rate, decay, keep)
    (options.of_gradient, options.of_mean, options.of_root) = (ofGradient, ofMean, ofRoot)
    return options
  }
}

/// ``StepNumbers`` as a rule in tensor operations reads them: scalars in the dtype of the value.
struct RuleNumbers {
  let tensor: Tensor
  let dtype: DType

  var rate: Tensor { number(0) }
  var decay: Tensor { number(1) }
  var keep: Tensor { number(2) }
  var ofGradient: Tensor { number(3) }
  var ofMean: Tensor { number(4) }
  var ofRoot: Tensor { number(5) }

  private func number(_ i: Int) -> Tensor { tensor[i].cast(to: dtype) }
}

extension fledge_rule_options {
  /// What a kernel reads of these; the rest comes from ``StepNumbers``.
  init(beta1: Double = 0, beta2: Double = 0, momentum: Double = 0, epsilon: Double = 0) {
    self.init()
    (self.beta1, self.beta2, self.momentum, self.epsilon) = (beta1, beta2, momentum, epsilon)
  }
}

extension DType {
  /// The distance from 1 to the next number, in the dtypes that rules compute in.
  var epsilon: Double { self == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne) }
}

extension Tensor {
  /// The moving average decay · self + (1 − decay) · x.
  func averaged(_ x: Tensor, decay: Double) -> Tensor { self * decay + x * (1 - decay) }

  /// The moving average decay · self + (1 − decay) · x, in place; of halves rounded once.
  mutating func average(_ x: Tensor, decay: Double) {
    if dtype.byteCount == 2 {
      self = inFloat32(Tensors(self, x)) { $0[0].averaged($0[1], decay: decay) }
      return
    }
    self *= decay
    self += x * (1 - decay)
  }

  /// √x with a slope of 0 at 0, so that a step can be differentiated there.
  var root: Tensor {
    let isZero = self .== 0
    return masked(where: isZero, with: 1).sqrt().masked(where: isZero, with: 0)
  }

  /// √Σ x², in this dtype.   Shape: [*] → []
  var euclideanNorm: Tensor { sumOfSquares().root.cast(to: dtype) }

  /// Replaces the elements of this tensor, which is contiguous and the only holder of its storage,
  /// by those of `x`, which is contiguous and of the same type.
  fileprivate mutating func overwrite(with x: Tensor) {
    let x = x.contiguous()
    let offset = layout.offset * dtype.byteCount, other = x.layout.offset * dtype.byteCount
    withExtendedLifetime(x) {
      (storage.pointer + offset).copyMemory(from: x.storage.pointer + other, byteCount: byteCount)
    }
  }
}
