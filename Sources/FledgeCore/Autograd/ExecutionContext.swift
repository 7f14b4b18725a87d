import CKernels

/// The settings in force around an operation: backend, whether gradients are recorded, memory tag,
/// source of randomness, transformations, and the rank with its threads and its ledger.
///
/// A context is immutable. A scope (`withBackend`, `withoutGradients`, …) puts a changed copy into
/// a slot of the current thread while its closure runs; closures are synchronous, so a scope never
/// leaks into other tasks. The slot is thread-local, not task-local, because the door reads it for
/// every operation (about 1 ns against 20–50 ns).
public final class ExecutionContext: @unchecked Sendable {
  /// Whose kernels run.
  public let backend: any Backend
  /// Whether operations on tensors with gradients enter the graph.
  public let recordsGradients: Bool
  /// The tag that new buffers are counted under.
  public let memoryTag: MemoryTag
  /// The scope's generator; nil means that of the rank, ``Generator/default``.
  public let generator: Generator?
  /// Whether a backward pass is running.
  public let isBackward: Bool
  /// Applied around every operation, the last one outermost.
  public let transformations: [any Transformation]
  /// Which rank runs here: its number, its threads, its own generator.
  public let rank: Rank
  /// Where new buffers are counted.
  public let ledger: Ledger
  /// The ledger's counters, at hand for every buffer.
  let account: LedgerAccount.Pointer
  /// Whether only shapes and dtypes are computed, see ``withAbstractTensors(_:)``.
  public let isAbstract: Bool
  /// Whether no transformation is in force and elements are computed. Then some work bypasses the
  /// door (a number as an operand, an update in place).
  let isPlain: Bool
  /// Whether the backend is asked for whole operations. Fledge's own two answer in forward rules.
  let offersOperations: Bool
  /// Notes or replays the draws of a checkpointed part.
  let draws: DrawTape?
  /// Makes a graph of what runs here; nil elsewhere.
  package let tracer: (any Tracer)?
  /// Notes or gives the buffers of a planned run; nil elsewhere.
  let buffers: BufferTape?

  /// Whether a ``checkpoint(_:_:)->Tensor`` is being computed again, for its backward pass. What the
  /// first time did besides computing its outputs, such as counting a batch into running means, is
  /// not to be done a second time.
  public var isRecomputation: Bool { draws?.isReplaying ?? false }

  /// The same context with recording off; the door runs forward rules in it.
  var withoutRecording: ExecutionContext { silent ?? self }
  private let silent: ExecutionContext?

  package convenience init(backend: any Backend) {
    self.init(
      backend: backend, offersOperations: Self.offersOperations(to: backend),
      recordsGradients: true, memoryTag: .temporary, generator: nil, isBackward: false,
      transformations: [], rank: .process, ledger: .process, isAbstract: false, draws: nil,
      tracer: nil, buffers: nil)
  }

  private static func offersOperations(to backend: any Backend) -> Bool {
    !(backend is CPUBackend || backend is ReferenceBackend)
  }

  private init(
    backend: any Backend, offersOperations: Bool, recordsGradients: Bool, memoryTag: MemoryTag,
    generator: Generator?, isBackward: Bool, transformations: [any Transformation], rank: Rank,
    ledger: Ledger, isAbstract: Bool, draws: DrawTape?, tracer: (any Tracer)?,
    buffers: BufferTape?
  ) {
    self.backend = backend
    self.recordsGradients = recordsGradients
    self.memoryTag = memoryTag
    self.generator = generator
    self.isBackward = isBackward
    self.transformations = transformations
    self.rank = rank
    self.ledger = ledger
    account = ledger.account
    self.isAbstract = isAbstract
    isPlain = transformations.isEmpty && !isAbstract
    self.offersOperations = offersOperations
    self.draws = draws
    self.tracer = tracer
    self.buffers = buffers
    silent =
      recordsGradients
      ? ExecutionContext(
        backend: backend, offersOperations: offersOperations, recordsGradients: false,
        memoryTag: memoryTag, generator: generator, isBackward: isBackward,
        transformations: transformations, rank: rank, ledger: ledger, isAbstract: isAbstract,
        draws: draws, tracer: tracer, buffers: buffers)
      : nil
  }

  /// The context outside every scope: the CPU backend, recording on.
  private static let outermost = ExecutionContext(backend: CPUBackend())

  /// The context in force on this thread.
  @inline(__always)
  public static var current: ExecutionContext {
    guard let pointer = fledge_thread_slot().pointee else { return outermost }
    return Unmanaged<ExecutionContext>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// The tracer in force on this thread. Parameters ask at each use: the context is neither retained
  /// for it nor looked for where there is none.
  package static var currentTracer: (any Tracer)? {
    guard let pointer = fledge_thread_slot().pointee else { return nil }
    return Unmanaged<ExecutionContext>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.tracer }
  }

  /// Runs `body` with `self` as this thread's context.
  @inline(__always)
  package func run<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let slot = fledge_thread_slot()
    let outer = slot.pointee
    slot.pointee = Unmanaged.passUnretained(self).toOpaque()
    defer {
      slot.pointee = outer
      withExtendedLifetime(self) {}
    }
    return try body()
  }

  package func changing(
    backend: (any Backend)? = nil, recordsGradients: Bool? = nil, memoryTag: MemoryTag? = nil,
    generator: Generator? = nil, isBackward: Bool? = nil,
    transformations: [any Transformation]? = nil, ledger: Ledger? = nil,
    isAbstract: Bool? = nil
  ) -> ExecutionContext {
    ExecutionContext(
      backend: backend ?? self.backend,
      offersOperations: backend.map(Self.offersOperations) ?? offersOperations,
      recordsGradients: recordsGradients ?? self.recordsGradients,
      memoryTag: memoryTag ?? self.memoryTag, generator: generator ?? self.generator,
      isBackward: isBackward ?? self.isBackward,
      transformations: transformations ?? self.transformations, rank: rank,
      ledger: ledger ?? self.ledger, isAbstract: isAbstract ?? self.isAbstract,
      draws: draws, tracer: tracer, buffers: buffers)
  }

  /// The same context, whose draws are noted on a tape or come from one.
  func drawing(_ tape: DrawTape) -> ExecutionContext {
    ExecutionContext(
      backend: backend, offersOperations: offersOperations, recordsGradients: recordsGradients,
      memoryTag: memoryTag, generator: generator, isBackward: isBackward,
      transformations: transformations, rank: rank, ledger: ledger, isAbstract: isAbstract,
      draws: tape, tracer: tracer, buffers: buffers)
  }

  /// The same context, which tells a tracer, or none.
  func telling(_ tracer: (any Tracer)?) -> ExecutionContext {
    ExecutionContext(
      backend: backend, offersOperations: offersOperations, recordsGradients: recordsGradients,
      memoryTag: memoryTag, generator: generator, isBackward: isBackward,
      transformations: transformations, rank: rank, ledger: ledger, isAbstract: isAbstract,
      draws: draws, tracer: tracer, buffers: buffers)
  }

  /// The same context, whose buffers are noted on a tape or come from its arena.
  package func taping(_ tape: BufferTape) -> ExecutionContext {
    ExecutionContext(
      backend: backend, offersOperations: offersOperations, recordsGradients: recordsGradients,
      memoryTag: memoryTag, generator: generator, isBackward: isBackward,
      transformations: transformations, rank: rank, ledger: ledger, isAbstract: isAbstract,
      draws: draws, tracer: tracer, buffers: tape)
  }

  /// The same context for another rank, whose generator replaces that of the scope.
  func changing(rank: Rank, ledger: Ledger) -> ExecutionContext {
    ExecutionContext(
      backend: backend, offersOperations: offersOperations, recordsGradients: recordsGradients,
      memoryTag: memoryTag, generator: nil, isBackward: isBackward,
      transformations: transformations, rank: rank, ledger: ledger, isAbstract: isAbstract,
      draws: draws, tracer: tracer, buffers: nil)
  }
}

/// Something that happens around every operation: counting, profiling, tracing, casting.
///
/// While a transformation is in force, updates in place, new tensors and random numbers are
/// operations too, so it sees everything that a program computes. Data from outside (literals,
/// arrays, files) are inputs.
public protocol Transformation: Sendable {
  /// Stands in for the operation: calls `next` (perhaps with other inputs) and returns its outputs.
  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors

  /// Whether it changes results. The second run of a ``checkpoint(_:_:)->Tensor`` uses those of the
  /// first run that do; all other transformations are the current ones.
  var changesResults: Bool { get }

  /// Wraps a piece of work that has a name of its own, such as an optimizer's step; must call
  /// `body`. By default it does only that.
  func span(_ name: String, _ body: () -> Void)

  /// Wraps the operations of a region, such as a ``checkpoint(_:_:)->Tensor``; must return what
  /// `body` returns. By default it does only that.
  func region(_ region: Region, _ inputs: Tensors, _ body: () -> Tensors) -> Tensors
}

/// A part of a computation that a transformation may treat as one.
public enum Region: Sendable, Hashable {
  /// The part of a checkpoint, when it runs first: what is inside is not kept for the backward pass.
  case checkpoint
  /// The part of a checkpoint, when the backward pass runs it again.
  case recomputation
}

extension Transformation {
  public var changesResults: Bool { false }
  public func span(_ name: String, _ body: () -> Void) { body() }
  public func region(_ region: Region, _ inputs: Tensors, _ body: () -> Tensors) -> Tensors {
    body()
  }
}
