/// The kernels under the operations: map, zip, reduce, matrix product, a few ways to move
/// elements, and fused kernels.
///
/// Inputs may have any strides (a broadcast axis has stride 0); outputs are new contiguous tensors.
/// Shapes were checked at the door. Every requirement has a default, the one of ``fallback``: a
/// backend in a few lines overrides what it is about.
///
///     struct MyBackend: Backend {
///       func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { … }
///     }
///     withBackend(MyBackend()) { train() }
public protocol Backend: Sendable {
  /// The backend that does what this one does not; the reference unless said otherwise.
  var fallback: any Backend { get }
  /// Whether a `FusedPrimitive` may run its C kernels; where not, its composed form runs on this
  /// backend. As the fallback says unless said otherwise.
  var runsFusedKernels: Bool { get }

  /// The outputs of a whole operation by a kernel of this backend, or nil to decline; then the
  /// operation's forward rule runs on the requirements below. Asks the fallback where a backend does not
  /// implement it.
  ///
  /// What an operation is, its name and its attributes say:
  ///
  ///     func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
  ///       type(of: primitive).name == "softmax" ? [mySoftmax(inputs[0])] : nil
  ///     }
  func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors?

  // MARK: Elementwise
  /// y = f(x).
  func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor
  /// y = f(a, b); a and b have the same shape and dtype.
  func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor
  /// a = f(a, b) in place; `a` is contiguous and its storage is held by nobody else.
  func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor)
  /// y = f(a, b) as bool.
  func compare(_ kernel: ComparisonKernel, _ a: Tensor, _ b: Tensor) -> Tensor
  /// y = condition ? a : b; all of one shape, `condition` bool.
  func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor

  // MARK: Moving elements
  /// A contiguous copy.
  func copy(_ x: Tensor) -> Tensor
  /// A contiguous copy in another dtype.
  func cast(_ x: Tensor, to dtype: DType) -> Tensor
  /// All elements the same.
  func fill(_ shape: Shape, _ value: Double, _ dtype: DType) -> Tensor
  /// The tensors one after another along `axis`; all other sizes agree.
  func concatenate(_ x: [Tensor], axis: Int) -> Tensor
  /// Zeros of `shape` with x written at `region`, a layout of x's shape over the result's elements.
  func embed(_ x: Tensor, in shape: Shape, at region: Layout) -> Tensor
  /// Writes x into y at `region`, a layout of x's shape over y's storage that names no place twice. y
  /// is contiguous, and nobody else holds its storage.
  func write(_ x: Tensor, into y: inout Tensor, at region: Layout)
  /// Writes slices of x [a…, n, b…] into y: region[a…, indices[i], b…] = x[a…, i, b…] for
  /// i = 0, 1, … in this order, where `region` is a layout [a…, N, b…] over y's storage and the
  /// int64 indices [n] are in 0 ..< N. y as for ``write(_:into:at:)``.
  func write(_ x: Tensor, into y: inout Tensor, at region: Layout, indices: Tensor, axis: Int)
  /// Slices of x along `axis`: [a…, n, b…] and int64 indices [i…] → [a…, i…, b…].
  func take(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor
  /// The adjoint of ``take(_:_:axis:)``: zeros [a…, n, b…] with the slices of x [a…, i…, b…] added
  /// in the order of the indices.
  func takeAdjoint(_ x: Tensor, _ indices: Tensor, axis: Int, count: Int) -> Tensor
  /// Elements of x along `axis`: y[…, j, …] = x[…, indices[…, j, …], …].
  func gather(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor
  /// base with y[…, indices[…, j, …], …] += x[…, j, …], in row-major order.
  func scatterAdd(_ base: Tensor, _ indices: Tensor, _ x: Tensor, axis: Int) -> Tensor

  // MARK: Reductions and scans
  /// Folds the given axes (normalized, ascending) to size 1; integer sums come out as `dtype`.
  func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor
  /// The int64 position of the first largest (smallest) element along `axis`, which becomes size 1.
  func argReduce(_ x: Tensor, axis: Int, largest: Bool) -> Tensor
  /// y[…, i, …] = Σ_{j ≤ i} x[…, j, …].
  func cumulativeSum(_ x: Tensor, axis: Int) -> Tensor
  /// The last axis sorted stably, and the int64 positions the elements came from.
  func sort(_ x: Tensor, descending: Bool) -> (values: Tensor, indices: Tensor)

  // MARK: Products
  /// [b…, M, K] × [b…, K, N] → [b…, M, N]; the batch axes are equal.
  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor

  // MARK: Fused (each has a composed form that it is tested against)
  /// eˣⁱ / Σⱼ eˣʲ over the last axis.
  func softmax(_ x: Tensor) -> Tensor
  /// dx = y (dy − Σ dy y).
  func softmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor
  /// x − log Σ eˣ over the last axis.
  func logSoftmax(_ x: Tensor) -> Tensor
  /// dx = dy − eʸ Σ dy.
  func logSoftmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor
  /// (x − mean) / √(variance + ε) · weight + bias over the last axis; also mean and 1/√(…), [rows…].
  func layerNorm(_ x: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Double)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  /// The gradients of ``layerNorm(_:weight:bias:epsilon:)``: dx in the shape of x, dweight and
  /// dbias [n], from the mean and the inverse deviation that it saved.
  func layerNormGradient(
    _ dy: Tensor, x: Tensor, weight: Tensor?, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dweight: Tensor, dbias: Tensor)
  /// Per row of logits [N, C] with int64 targets [N]: loss and log Σ eˣ, both [N].
  func crossEntropy(_ logits: Tensor, _ targets: Tensor, options: CrossEntropyOptions)
    -> (losses: Tensor, logSumExp: Tensor)
  /// d logits for the gradient dy [N] of the rows' losses.
  func crossEntropyGradient(
    _ dy: Tensor, logits: Tensor, targets: Tensor, logSumExp: Tensor, options: CrossEntropyOptions
  ) -> Tensor
  /// softmax(q kᵀ · scale + mask) v for q [b…, T, D], k, v [b…, S, D]; also log Σ eˢᶜᵒʳᵉ [b…, T], in
  /// float32 where q is in a half type.
  func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, options: AttentionOptions)
    -> (y: Tensor, logSumExp: Tensor)
  /// The gradients of ``attention(_:_:_:mask:options:)`` for q, k and v, from its result y and the
  /// log Σ eˢᶜᵒʳᵉ that it saved.
  func attentionGradient(
    _ dy: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor?, y: Tensor, logSumExp: Tensor,
    options: AttentionOptions
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor)

  /// Σ x² over all elements.
  func sumOfSquares(_ x: Tensor) -> Double

  // MARK: Optimizer steps, in place on uniquely held contiguous tensors of one dtype
  /// One step of ``SGDStep`` for the parameter p with the gradient g; makes the buffer of the
  /// momentum in the first step.
  func sgdStep(_ p: inout Tensor, _ g: Tensor, momentum buffer: inout Tensor?, _ step: SGDStep)
  /// One step of ``AdamStep`` for the parameter p with the gradient g and the running means of g
  /// and g².
  func adamStep(
    _ p: inout Tensor, _ g: Tensor, mean: inout Tensor, square: inout Tensor, _ step: AdamStep)
}

/// How the rows of a cross-entropy are weighed.
public struct CrossEntropyOptions: Sendable, Hashable, Codable {
  /// Rows with this target count for nothing.
  public var ignoreIndex: Int?
  /// The target distribution is (1 − ε) one-hot + ε uniform.
  public var labelSmoothing: Double

  /// Without arguments: every row counts, and targets are one-hot.
  public init(ignoreIndex: Int? = nil, labelSmoothing: Double = 0) {
    self.ignoreIndex = ignoreIndex
    self.labelSmoothing = labelSmoothing
  }
}

/// How scores become attention.
public struct AttentionOptions: Sendable, Hashable, Codable {
  /// What the products q·k are multiplied by, usually 1/√D.
  public var scale: Double
  /// Query i sees keys j ≤ i + (S − T).
  public var isCausal: Bool

  /// Options without defaults: a backend is told both.
  public init(scale: Double, isCausal: Bool) {
    self.scale = scale
    self.isCausal = isCausal
  }
}

/// One step of stochastic gradient descent (PyTorch's `SGD` with dampening 0).
public struct SGDStep: Sendable {
  /// The rate of this step, all schedules applied.
  public var learningRate: Double
  /// How much of the buffer is kept each step; 0 for no momentum.
  public var momentum: Double
  /// Whether the step looks ahead: g + momentum · buffer in place of the buffer.
  public var isNesterov: Bool
  /// λ: the gradient is g + λ p.
  public var weightDecay: Double

  /// What an optimizer hands to ``Backend/sgdStep(_:_:momentum:_:)``.
  public init(learningRate: Double, momentum: Double, isNesterov: Bool, weightDecay: Double) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }
}

/// One step of Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019).
public struct AdamStep: Sendable {
  /// The rate of this step, all schedules applied.
  public var learningRate: Double
  /// How much of the mean of the gradients is kept each step.
  public var beta1: Double
  /// How much of the mean of their squares is kept each step.
  public var beta2: Double
  /// Added to the root of the mean square, against division by zero.
  public var epsilon: Double
  /// λ; see ``isDecoupled``.
  public var weightDecay: Double
  /// AdamW: the decay shrinks the weight itself and does not pass through the moments.
  public var isDecoupled: Bool
  /// 1, 2, …: the bias corrections are 1 − βᵗ.
  public var step: Int

  /// What an optimizer hands to ``Backend/adamStep(_:_:mean:square:_:)``.
  public init(
    learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
    isDecoupled: Bool, step: Int
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.isDecoupled = isDecoupled
    self.step = step
  }
}

extension Backend where Self == ReferenceBackend {
  /// Plain Swift; the definition of every kernel.
  public static var reference: ReferenceBackend { ReferenceBackend() }
}

extension Backend where Self == CPUBackend {
  /// SIMD kernels, OpenBLAS and threads.
  public static var cpu: CPUBackend { CPUBackend() }
}
