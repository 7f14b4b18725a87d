import FledgeCourse

/// Functions of lists, made from functions of numbers.
///
/// `map`, `zip` and `reduce` take a function and return a function of lists. Most of a tensor
/// library is these three with different functions inside; a backend that runs them fast runs all of
/// it fast. Write the loops yourself: Swift's own `map`, `zip` and `reduce` are what you are making.
enum Lists {
  /// The function that applies `f` to each element, once, in order.
  static func map<A, B>(_ f: @escaping (A) -> B) -> ([A]) -> [B] {
    // solution
    return { list in
      var result: [B] = []
      for element in list { result.append(f(element)) }
      return result
    }
    // end solution
  }

  /// The function that applies `f` to the elements at the same place of two lists. Where one list is
  /// longer, its rest is left out.
  static func zip<A, B, C>(_ f: @escaping (A, B) -> C) -> ([A], [B]) -> [C] {
    // solution
    return { left, right in
      var result: [C] = []
      for place in 0..<min(left.count, right.count) { result.append(f(left[place], right[place])) }
      return result
    }
    // end solution
  }

  /// The function that takes a list into one value from the left: for [a, b, c] it is
  /// f(f(f(start, a), b), c), for the empty list `start`.
  static func reduce<A, B>(from start: B, _ f: @escaping (B, A) -> B) -> ([A]) -> B {
    // solution
    return { list in
      var result = start
      for element in list { result = f(result, element) }
      return result
    }
    // end solution
  }

  // Each of these is one of the three with one of exercise 0.1's operators inside.

  /// Each number with its sign changed.
  static func negate(_ list: [Double]) -> [Double] {
    // solution
    map(Operators.neg)(list)
    // end solution
  }

  /// The sums of the numbers at the same places.
  static func add(_ a: [Double], _ b: [Double]) -> [Double] {
    // solution
    zip(Operators.add)(a, b)
    // end solution
  }

  /// The sum of all numbers.
  static func sum(_ list: [Double]) -> Double {
    // solution
    reduce(from: 0, Operators.add)(list)
    // end solution
  }

  /// The product of all numbers; of none, what leaves every other product as it is.
  static func product(_ list: [Double]) -> Double {
    // solution
    reduce(from: 1, Operators.mul)(list)
    // end solution
  }
}
