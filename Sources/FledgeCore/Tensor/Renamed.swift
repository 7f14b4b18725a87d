// The names that PyTorch has for what is here, so that the compiler answers with the name to use.
// None of them can be called.

// MARK: Making tensors

extension Tensor {
  @available(*, unavailable, renamed: "normal(_:)")
  public static func randn(_ shape: Shape) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use Tensor.normal([2, 3]), the sizes in one list")
  public static func randn(_ sizes: Int...) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "uniform(_:)")
  public static func rand(_ shape: Shape) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use Tensor.uniform([2, 3]), the sizes in one list")
  public static func rand(_ sizes: Int...) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "concatenate(_:)")
  public static func cat(_ tensors: [Tensor]) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "concatenate(_:axis:)")
  public static func cat(_ tensors: [Tensor], dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "concatenate(_:axis:)")
  public static func cat(_ tensors: [Tensor], axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "stack(_:axis:)")
  public static func stack(_ tensors: [Tensor], dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "zeros(like:)")
  public static func zeros_like(_ x: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "ones(like:)")
  public static func ones_like(_ x: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use Tensor([1, 2, 3])")
  public static func tensor(_ values: TensorLiteral) -> Tensor { fatalError() }
}

// MARK: Functions

@available(*, unavailable, renamed: "Tensor.concatenate(_:)")
public func cat(_ tensors: [Tensor]) -> Tensor { fatalError() }
@available(*, unavailable, renamed: "Tensor.concatenate(_:axis:)")
public func cat(_ tensors: [Tensor], dim: Int) -> Tensor { fatalError() }
@available(*, unavailable, renamed: "softmax(_:axis:)")
public func softmax(_ x: Tensor, dim: Int) -> Tensor { fatalError() }
@available(*, unavailable, renamed: "logSoftmax(_:axis:)")
public func log_softmax(_ x: Tensor, dim: Int) -> Tensor { fatalError() }
@available(*, unavailable, renamed: "withoutGradients(_:)")
public func no_grad<R>(_ body: () throws -> R) -> R { fatalError() }

// MARK: Operators

// The type checker leaves unavailable overloads aside until it has no other answer, so these cost
// other expressions nothing (measured).
extension Tensor {
  @available(*, unavailable, message: "use .>, which compares element by element")
  public static func > (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .>, which compares element by element")
  public static func > (a: Tensor, b: Double) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .>=, which compares element by element")
  public static func >= (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .>=, which compares element by element")
  public static func >= (a: Tensor, b: Double) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .<, which compares element by element")
  public static func < (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .<, which compares element by element")
  public static func < (a: Tensor, b: Double) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .<=, which compares element by element")
  public static func <= (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .<=, which compares element by element")
  public static func <= (a: Tensor, b: Double) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .==, which compares element by element")
  public static func == (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .==, which compares element by element")
  public static func == (a: Tensor, b: Double) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .!=, which compares element by element")
  public static func != (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use .!=, which compares element by element")
  public static func != (a: Tensor, b: Double) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use a.and(b)")
  public static func & (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use a.or(b)")
  public static func | (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use a.xor(b)")
  public static func ^ (a: Tensor, b: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use mask.not()")
  public static prefix func ! (a: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use mask.not()")
  public static prefix func ~ (a: Tensor) -> Tensor { fatalError() }
}
