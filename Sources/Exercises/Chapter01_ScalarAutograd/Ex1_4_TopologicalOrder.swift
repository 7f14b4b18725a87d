import FledgeCourse

extension Scalar {
  /// Everything that this number was made from, in the order in which gradients flow: this number
  /// first, and each number before its inputs. Each is listed once, however many paths lead to it.
  /// Constants are left out.
  ///
  ///     let a = Scalar(3, "a")
  ///     let b = a * 2
  ///     let c = a + b
  ///     c.topologicalOrder()        // [c, b, a]
  ///
  /// a is an input of c, and still it comes after b: before a passes its gradient on, it must have
  /// received those from c and from b.
  ///
  /// A recurrent network of many steps makes a graph of many levels. The function must not call
  /// itself for each: the stack ends after some ten thousand calls, one within the other, and the
  /// checks go 100,000 levels deep. Keep a list of what is still to be done instead.
  ///
  /// Numbers are told apart by identity and not by value: `ObjectIdentifier(a)` is a key for sets
  /// and dictionaries that is a's alone.
  ///
  /// - Returns: the order; empty for a constant.
  func topologicalOrder() -> [Scalar] {
    // solution
    guard !isConstant else { return [] }
    var finished: [Scalar] = []
    var seen: Set = [ObjectIdentifier(self)]
    var path: [(number: Scalar, nextInput: Int)] = [(self, 0)]
    while let (number, nextInput) = path.last {
      if nextInput == number.inputs.count {
        finished.append(number)
        path.removeLast()
        continue
      }
      path[path.count - 1].nextInput += 1
      let input = number.inputs[nextInput]
      if !input.isConstant && seen.insert(ObjectIdentifier(input)).inserted {
        path.append((input, 0))
      }
    }
    return finished.reversed()
    // end solution
  }
}
