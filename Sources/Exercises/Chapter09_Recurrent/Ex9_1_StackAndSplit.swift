import FledgeCore
import FledgeCourse

// A recurrent network takes a sequence apart, one tensor for each step, and puts what comes out together
// again. Both only move numbers, and each is the other's way back.
//
// The elements of a tensor lie row by row, the last axis running fastest. Seen from one axis, they are
// three numbers:
//
//     outer     the product of the sizes before the axis
//     size      the axis itself
//     inner     the product of the sizes after it
//
// and the element (o, k, i) stands at (o · size + k) · inner + i.

/// How the elements of a tensor lie around one of its axes.
struct AxisLayout: Equatable {
  let outer: Int
  let size: Int
  let inner: Int

  /// For shape [2, 3, 4, 5] and axis 1: outer 2, size 3, inner 20. A product of no sizes is 1.
  ///
  /// `Array(shape)` is the sizes as an array.
  init(of shape: Shape, axis: Int) {
    // solution
    let sizes = Array(shape)
    outer = sizes[..<axis].reduce(1, *)
    size = sizes[axis]
    inner = sizes[(axis + 1)...].reduce(1, *)
    // end solution
  }

  /// Where element (o, k, i) stands.
  func place(_ o: Int, _ k: Int, _ i: Int) -> Int {
    // solution
    (o * size + k) * inner + i
    // end solution
  }
}

enum StackAndSplit {
  /// The parts, all of one shape, along a new axis in front of what is axis number `axis` of a part (or at
  /// the end): y[…, k, …] is part k.
  ///
  ///     two parts of shape [3, 4]     axis 0: [2, 3, 4]     axis 1: [3, 2, 4]     axis 2: [3, 4, 2]
  ///
  /// `part.array() as [Float]` is the elements of a part, `Tensor(values, shape: shape)` a tensor.
  static func stacked(_ parts: [Tensor], axis: Int) -> Tensor {
    // solution
    let shape = shape(ofPart: parts[0].shape, count: parts.count, axis: axis)
    let layout = AxisLayout(of: shape, axis: axis)
    var values = [Float](repeating: 0, count: shape.count)
    for (k, part) in parts.enumerated() {
      let numbers: [Float] = part.array()
      for o in 0..<layout.outer {
        for i in 0..<layout.inner {
          values[layout.place(o, k, i)] = numbers[o * layout.inner + i]
        }
      }
    }
    return Tensor(values, shape: shape)
    // end solution
  }

  /// The parts along an axis, which they no longer have: part k is x[…, k, …].
  static func parts(of x: Tensor, axis: Int) -> [Tensor] {
    // solution
    let layout = AxisLayout(of: x.shape, axis: axis)
    let values: [Float] = x.array()
    return (0..<layout.size).map { k in
      var numbers: [Float] = []
      for o in 0..<layout.outer {
        for i in 0..<layout.inner { numbers.append(values[layout.place(o, k, i)]) }
      }
      return Tensor(numbers, shape: shape(ofPartOf: x.shape, axis: axis))
    }
    // end solution
  }

  /// The shape of `count` parts that are stacked.
  static func shape(ofPart part: Shape, count: Int, axis: Int) -> Shape {
    var sizes = Array(part)
    sizes.insert(count, at: axis)
    return Shape(sizes)
  }

  /// The shape without one of its axes.
  static func shape(ofPartOf shape: Shape, axis: Int) -> Shape {
    var sizes = Array(shape)
    sizes.remove(at: axis)
    return Shape(sizes)
  }
}

// MARK: As operations of the framework

/// Your stack as one of Fledge's operations. Shape: n times [a…, b…] → [a…, n, b…]
struct MyStack: Primitive {
  static let name = "course.stack"
  static let formula = "y = x₁, x₂, … along a new axis"
  let axis: Int

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let shape = StackAndSplit.shape(ofPart: inputs[0].shape, count: inputs.count, axis: axis)
    return [TensorType(shape: shape, dtype: .float32)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [StackAndSplit.stacked(Array(inputs), axis: axis)]
  }

  /// The gradient of each part. `g.dy` is the gradient of y; `apply(MySplit(axis: …), [x])` is the parts
  /// of x, as an operation that can itself be differentiated, and `Gradients(…)` takes an array of
  /// `Tensor?`.
  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    Gradients(apply(MySplit(axis: axis), [g.dy]).map { Optional($0) })
    // end solution
  }
}

/// Your split. Shape: [a…, n, b…] → n times [a…, b…]
struct MySplit: Primitive {
  static let name = "course.split"
  static let formula = "y₁, y₂, … = x along an axis"
  let axis: Int

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let shape = StackAndSplit.shape(ofPartOf: inputs[0].shape, axis: axis)
    return TensorTypes(
      (0..<inputs[0].shape[axis]).map { _ in TensorType(shape: shape, dtype: .float32) })
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    Tensors(StackAndSplit.parts(of: inputs[0], axis: axis))
  }

  /// The gradient of x. `g.dy(k)` is that of part k (zeros where nobody used it), `g.inputShape(0)` the
  /// shape of x, and `apply(MyStack(axis: …), Tensors(…))[0]` stacks an array.
  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    let parts = (0..<g.inputShape(0)[axis]).map { g.dy($0) }
    return [apply(MyStack(axis: axis), Tensors(parts))[0]]
    // end solution
  }
}

/// The tensors along a new axis.
func myStack(_ parts: [Tensor], axis: Int = 0) -> Tensor {
  apply(MyStack(axis: axis), Tensors(parts))[0]
}

/// The parts of a tensor along an axis.
func mySplit(_ x: Tensor, axis: Int = 0) -> [Tensor] { Array(apply(MySplit(axis: axis), [x])) }
