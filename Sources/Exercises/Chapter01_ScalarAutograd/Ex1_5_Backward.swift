import FledgeCourse

extension Scalar {
  /// Computes the gradient of this number with respect to everything that it was made from: after
  /// the call, `x.gradient` is how fast this number grows with x.
  ///
  ///     let a = Scalar(3)
  ///     let b = Scalar(2)
  ///     let c = a * b + a
  ///     c.backward()
  ///     a.gradient        // 3: through the product 2, and 1 more through the sum
  ///     b.gradient        // 3
  ///
  /// The rules:
  /// - The number itself grows with itself at the rate 1.
  /// - A number that goes into several operations gets a part from each: the parts add up.
  /// - Variables add up over calls, too, so that the gradient of a sum of losses can be had one
  ///   loss at a time. To start from 0, reset them with ``zeroGradients()``.
  /// - Results start at 0 in every call: what is left from an earlier one must not flow down again.
  ///
  /// ``topologicalOrder()`` and ``chainRule(_:)`` do the most of it.
  func backward() {
    // solution
    let order = topologicalOrder()
    for number in order where number.operation != nil { number.gradient = 0 }
    gradient += 1
    for number in order {
      for (input, part) in number.chainRule(number.gradient) { input.gradient += part }
    }
    // end solution
  }
}

extension [Scalar] {
  /// Sets all gradients to 0.
  func zeroGradients() {
    for number in self { number.gradient = 0 }
  }
}
