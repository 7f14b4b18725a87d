import Foundation

/// An error in numbers from outside (a request, a file) that were to be a tensor, or in a tensor
/// made of them. Checks throw it before operations, which would trap.
///
///     let tokens = try Tensor(validating: request.tokens, shape: [1, request.tokens.count])
///     try tokens.checkIndices(below: vocabulary, "token")
public enum TensorError: Error, Hashable, Sendable {
  /// An integer `value`, the element at `index`, is not in 0 ..< count.
  case index(name: String, value: Int, index: [Int], count: Int)
  /// The shape is not the expected one, in which nil stands for any size.
  case shape(name: String, found: Shape, expected: [Int?])
  /// The dtype is none of those expected.
  case dtype(name: String, found: DType, expected: [DType])
  /// The element at `index` is `value`: nan, inf or -inf.
  case notFinite(name: String, value: String, index: [Int])
  /// So many elements do not fill the shape.
  case elementCount(found: Int, shape: Shape)
  /// A size is negative.
  case negativeSize([Int])
  /// More axes than ``Dimensions/capacity``.
  case tooManyAxes([Int])
  /// A tensor of these sizes has more elements than any memory can hold.
  case overflow([Int])
}

extension TensorError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .index(let name, let value, let index, let count):
      "\(name) \(value) at \(index) is out of range: there are \(count), from 0 on"
    case .shape(let name, let found, let expected):
      "\(name) has the shape \(found), not "
        + "[\(expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", "))]"
    case .dtype(let name, let found, let expected):
      "\(name) is \(found), not \(expected.map(\.description).joined(separator: " or "))"
    case .notFinite(let name, let value, let index):
      "\(name) is \(value) at \(index), not a finite number"
    case .elementCount(let found, let shape):
      "\(found) elements do not fill the shape \(shape), which has \(shape.count)"
    case .negativeSize(let sizes): "the shape \(sizes) has a negative size"
    case .tooManyAxes(let sizes):
      "the shape has \(sizes.count) axes; a tensor has at most \(Dimensions.capacity)"
    case .overflow(let sizes): "the shape \(sizes) has more elements than can be counted"
    }
  }

  public var errorDescription: String? { description }
}

extension Shape {
  /// The shape of sizes from outside: throws if one is negative, if there are more than
  /// ``Dimensions/capacity`` axes, and if no memory could hold the elements. It does not check that
  /// there is memory for them now.
  public init(validating sizes: [Int]) throws(TensorError) {
    if sizes.count > Dimensions.capacity { throw .tooManyAxes(sizes) }
    if sizes.contains(where: { $0 < 0 }) { throw .negativeSize(sizes) }
    // Without the zeros: strides are products of some of the sizes.
    var bytes = 8
    for size in sizes where size > 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      if overflow || product > 8 * ElementCount.most { throw .overflow(sizes) }
      bytes = product
    }
    self.init(sizes)
  }
}

extension Tensor {
  /// The array's elements in row-major order; throws if the sizes are not a shape or the elements
  /// do not fill it.
  public init<S: TensorScalar>(validating values: [S], shape sizes: [Int]) throws(TensorError) {
    let shape = try Shape(validating: sizes)
    if shape.count != values.count {
      throw .elementCount(found: values.count, shape: shape)
    }
    self.init(values, shape: shape)
  }

  /// Checks that every element is an integer in 0 ..< count, as an index of, say, a row of an
  /// embedding must be. (Operations also take negative indices; from outside they are errors.)
  ///
  /// - Parameter name: What an element is, for the message: "token 503 at [0, 7] is out of range".
  public func checkIndices(below count: Int, _ name: String = "index") throws(TensorError) {
    if !dtype.isInteger {
      throw .dtype(name: name, found: dtype, expected: [.int64, .int32, .int8, .uint8])
    }
    let values = array(of: Int.self)
    if let i = values.firstIndex(where: { $0 < 0 || $0 >= count }) {
      throw .index(name: name, value: values[i], index: shape.index(ofElement: i), count: count)
    }
  }

  /// Checks the shape, in which nil stands for any size, and the dtype where one is given:
  /// `try x.check(shape: [nil, 784], dtype: .float32, "pixels")`.
  public func check(
    shape expected: [Int?], dtype: DType? = nil, _ name: String = "the tensor"
  ) throws(TensorError) {
    let fits = expected.count == rank && zip(shape, expected).allSatisfy { $1 == nil || $0 == $1 }
    if !fits { throw .shape(name: name, found: shape, expected: expected) }
    if let dtype, dtype != self.dtype {
      throw .dtype(name: name, found: self.dtype, expected: [dtype])
    }
  }

  /// Checks that no element is NaN or infinite; integers never are.
  public func checkFinite(_ name: String = "the tensor") throws(TensorError) {
    if !dtype.isFloatingPoint { return }
    let values = array(of: Double.self)
    if let i = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(name: name, value: "\(values[i])", index: shape.index(ofElement: i))
    }
  }
}
