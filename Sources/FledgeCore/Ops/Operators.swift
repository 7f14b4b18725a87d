// Three overloads an operator, all concrete: more of them make the type checker exponential.

extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { promoting(Add(), a, b) }
  public static func + (a: Tensor, b: Double) -> Tensor { promoting(Add(), a, a.operand(b)) }
  public static func + (a: Double, b: Tensor) -> Tensor { promoting(Add(), b.operand(a), b) }

  public static func - (a: Tensor, b: Tensor) -> Tensor { promoting(Subtract(), a, b) }
  public static func - (a: Tensor, b: Double) -> Tensor { promoting(Subtract(), a, a.operand(b)) }
  public static func - (a: Double, b: Tensor) -> Tensor { promoting(Subtract(), b.operand(a), b) }

  public static func * (a: Tensor, b: Tensor) -> Tensor { promoting(Multiply(), a, b) }
  public static func * (a: Tensor, b: Double) -> Tensor { promoting(Multiply(), a, a.operand(b)) }
  public static func * (a: Double, b: Tensor) -> Tensor { promoting(Multiply(), b.operand(a), b) }

  public static func / (a: Tensor, b: Tensor) -> Tensor {
    promoting(Divide(), a.asFloatingPoint, b.asFloatingPoint)
  }
  public static func / (a: Tensor, b: Double) -> Tensor {
    let a = a.asFloatingPoint
    return apply(Divide(), a, a.operand(b))
  }
  public static func / (a: Double, b: Tensor) -> Tensor {
    let b = b.asFloatingPoint
    return apply(Divide(), b.operand(a), b)
  }

  public static prefix func - (a: Tensor) -> Tensor { apply(Negate(), a) }

  private var asFloatingPoint: Tensor { dtype.isFloatingPoint ? self : cast(to: .float32) }

  public static func += (a: inout Tensor, b: Tensor) { a.update(Add(), b) }
  public static func += (a: inout Tensor, b: Double) { a += a.operand(b) }
  public static func -= (a: inout Tensor, b: Tensor) { a.update(Subtract(), b) }
  public static func -= (a: inout Tensor, b: Double) { a -= a.operand(b) }
  public static func *= (a: inout Tensor, b: Tensor) { a.update(Multiply(), b) }
  public static func *= (a: inout Tensor, b: Double) { a *= a.operand(b) }
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  public static func /= (a: inout Tensor, b: Double) { a = a / b }

  /// a = f(a, b): in place where nobody can tell, a new tensor otherwise.
  ///
  /// Nobody can tell where the storage has no other holder and no gradient is recorded; a value
  /// that the graph saved has another holder, so it can never be modified.
  private mutating func update<P: BinaryElementwise>(_ primitive: P, _ other: Tensor) {
    let context = ExecutionContext.current
    // Transformations are to see what is read of the graph around them, recorded or not.
    let isSeen = other.node != nil && (context.recordsGradients || !context.transformations.isEmpty)
    if !isSeen && other.dtype == dtype && Shape.broadcast(shape, other.shape) == shape
      && isSafeToOverwrite
    {
      let other = other.shape == shape ? other : other.view(other.layout.broadcast(to: shape))
      context.backend.zip(P.kernel, into: &self, other)
    } else {
      self = Tensor.promoting(primitive, self, other)
    }
  }
}
