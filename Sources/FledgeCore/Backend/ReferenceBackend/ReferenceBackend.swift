/// The definition of every kernel in plain Swift: any strides, any dtype, written to be read.
///
/// Elements are read into a flat row-major array of doubles (integers into `Int64`), the
/// definition runs, and the result is rounded once to the output's dtype. So it is also the oracle
/// that the fast backend is tested against.
public struct ReferenceBackend: Backend {
  /// Creates the reference backend, like `.reference`.
  public init() {}
  public var fallback: any Backend { self }
  public func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? { nil }
  public func update(
    _ primitive: some UpdatingPrimitive, _ targets: inout Tensors, _ others: Tensors
  ) -> Bool { false }
}

extension Tensor {
  /// The elements in row-major order.
  var doubles: [Double] { array(of: Double.self) }
  var integers: [Int64] { array(of: Int64.self) }

  /// A contiguous tensor of the given elements, each rounded to `dtype`.
  init(rounding values: [Double], _ shape: Shape, _ dtype: DType) {
    self.init(uninitialized: shape, dtype)
    dtype.withScalarType { self.write(values, as: $0) }
  }

  init(wrapping values: [Int64], _ shape: Shape, _ dtype: DType) {
    self.init(uninitialized: shape, dtype)
    dtype.withScalarType { self.write(values, as: $0) }
  }

  // Only for a tensor that is being made: nothing else holds its storage yet.
  func write<S: TensorScalar>(_ values: [Double], as type: S.Type) {
    let elements = pointer(S.self)
    for i in values.indices { elements[i] = S(exactOrRounded: values[i]) }
  }

  func write<S: TensorScalar>(_ values: [Int64], as type: S.Type) {
    let elements = pointer(S.self)
    for i in values.indices { elements[i] = S(wrapping: values[i]) }
  }
}
