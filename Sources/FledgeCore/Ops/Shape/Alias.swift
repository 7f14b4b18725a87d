import Synchronization

/// y = x, with its own node in the graph.   Shape: [*] → [*]
struct Alias: Primitive {
  static let name = "alias"
  static let formula = "y = x"
  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { [inputs[0].detached()] }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy] }
  static var samples: [Sample] { Sample.elementwise(Alias()) }
}

/// y = x, with a function of the user's on the gradient.   Shape: [*] → [*]
struct GradientHook: Primitive {
  static let name = "gradientHook"
  static let formula = "y = x, dx = hook(dy)"
  let hook: Hook
  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { [inputs[0].detached()] }
  func gradients(_ g: GradientContext) -> Gradients { [hook.function(g.dy)] }
  static var samples: [Sample] { Sample.elementwise(GradientHook(hook: Hook { $0 })) }
}

/// A user's function with an identity: hooks are compared, encoded and found again by number,
/// within the process that made them and as long as something holds them.
final class Hook: Sendable, Hashable, Codable {
  let number: Int
  let function: @Sendable (Tensor) -> Tensor

  private static let numbers = Atomic<Int>(1)
  private struct Weak: Sendable {
    weak var hook: Hook?
  }
  private static let alive = Mutex<[Int: Weak]>([:])

  init(_ function: @escaping @Sendable (Tensor) -> Tensor) {
    self.function = function
    number = Hook.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
    Hook.alive.withLock { $0[number] = Weak(hook: self) }
  }

  private init(same hook: Hook) {
    (number, function) = (hook.number, hook.function)
  }

  deinit {
    // A copy made by decoding goes before the original, whose entry stays.
    Hook.alive.withLock { if $0[number]?.hook == nil { $0[number] = nil } }
  }

  static func == (a: Hook, b: Hook) -> Bool { a.number == b.number }
  func hash(into hasher: inout Hasher) { hasher.combine(number) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }

  convenience init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Int.self)
    guard let hook = Hook.alive.withLock({ $0[number]?.hook }) else {
      throw AttributeError.notRebuildable("hook \(number)")
    }
    self.init(same: hook)
  }
}
