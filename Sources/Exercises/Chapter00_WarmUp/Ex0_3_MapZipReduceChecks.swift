import FledgeCore
import FledgeCourse

let checks0_3: [Check] = [
  Check("map keeps order and length, and changes types") { c in
    c.expect(
      Lists.map { (x: Int) in x * x }([3, 1, 2]), equals: [9, 1, 4], "squares of [3, 1, 2]")
    c.expect(
      Lists.map { (x: Int) in "<\(x)>" }([7, 8]), equals: ["<7>", "<8>"], "texts of [7, 8]")
    c.expect(Lists.map { (x: Int) in x }([]), equals: [], "map of the empty list")
  },
  Check("map calls its function once for each element") { c in
    var calls: [Int] = []
    let result = Lists.map { (x: Int) in
      calls.append(x)
      return x
    }([5, 6, 7])
    c.expect(calls, equals: [5, 6, 7], "the arguments of the calls, for [5, 6, 7]")
    c.expect(result.count, equals: 3, "the number of results")
  },
  Check("zip stops with the shorter list") { c in
    let pairs = Lists.zip { (a: Int, b: String) in "\(a)\(b)" }
    c.expect(pairs([1, 2], ["a", "b"]), equals: ["1a", "2b"], "[1, 2] with [a, b]")
    c.expect(pairs([1, 2, 3], ["a"]), equals: ["1a"], "[1, 2, 3] with [a]")
    c.expect(pairs([1], ["a", "b", "c"]), equals: ["1a"], "[1] with [a, b, c]")
    c.expect(pairs([], ["a"]), equals: [], "[] with [a]")
  },
  Check("reduce goes from the left") { c in
    let brackets = Lists.reduce(from: "s") { "(\($0)\($1))" } as ([Int]) -> String
    c.expect(brackets([1, 2, 3]), equals: "(((s1)2)3)", "f(a, b) = \"(ab)\" over [1, 2, 3] from s")
    c.expect(brackets([]), equals: "s", "reduce of the empty list is where it started")
    c.expect(
      Lists.reduce(from: 10, -)([1, 2, 3]), equals: 4, "10 − 1 − 2 − 3")
  },
  Check("a function that was made once can be used again") { c in
    let squares = Lists.map { (x: Int) in x * x }
    c.expect(
      squares([1, 2]) + squares([3]), equals: [1, 4, 9], "map's, on [1, 2] and then on [3]")
    let sums = Lists.zip { (a: Int, b: Int) in a + b }
    c.expect(
      sums([1], [2]) + sums([3], [4]), equals: [3, 7], "zip's, on [1] and [2], then on [3] and [4]")
    let total = Lists.reduce(from: 0) { (a: Int, b: Int) in a + b }
    c.expect([total([1, 2]), total([3])], equals: [3, 3], "reduce's, on [1, 2] and then on [3]")
  },
  Check("the four small ones") { c in
    c.expect(Lists.negate([1, -2, 0.5]), equals: [-1, 2, -0.5], "negate [1, −2, 0.5]")
    c.expect(Lists.add([1, 2], [10, 20]), equals: [11, 22], "[1, 2] + [10, 20]")
    c.expect(Lists.sum([1, 2, 3.5]), equals: 6.5, "the sum of [1, 2, 3.5]")
    c.expect(Lists.product([2, 3, -4]), equals: -24, "the product of [2, 3, −4]")
    c.expect(Lists.sum([]), equals: 0, "the sum of nothing: adding it changes no sum")
    c.expect(Lists.product([]), equals: 1, "the product of nothing: it changes no product")
  },
  Check("laws of map: it keeps the identity, and two maps are one") { c in
    c.forRandomCases(30) { generator in
      let list = (0..<generator.integer(below: 8)).map { _ in generator.normal() }
      let (f, g) = ({ (x: Double) in x * x }, { (x: Double) in x - 3 })
      c.trying("list = \(list)") {
        c.expect(Lists.map { (x: Double) in x }(list), equals: list, "map of the identity")
        c.expect(
          Lists.map(g)(Lists.map(f)(list)), equals: Lists.map { g(f($0)) }(list),
          "map of g after map of f is map of g after f")
      }
    }
  },
  Check("laws of sum: in two parts, of two lists, times a number") { c in
    c.forRandomCases(30) { generator in
      let count = generator.integer(below: 8)
      let a = (0..<count).map { _ in generator.normal() }
      let b = (0..<count).map { _ in generator.normal() }
      c.trying("a = \(a), b = \(b)") {
        c.expect(Lists.sum(a + b), near: Lists.sum(a) + Lists.sum(b), "the sum of a then b")
        c.expect(Lists.sum(Lists.add(a, b)), near: Lists.sum(a) + Lists.sum(b), "the sum of a + b")
        c.expect(Lists.sum(Lists.map { 2 * $0 }(a)), near: 2 * Lists.sum(a), "the sum of 2a")
        c.expect(Lists.sum(Lists.add(a, Lists.negate(a))), near: 0, "the sum of a + (−a)")
        c.expect(Lists.add(a, b), near: Lists.add(b, a), "a + b and b + a")
        c.expect(
          Lists.product(a + b), near: Lists.product(a) * Lists.product(b),
          "the product of a then b")
      }
    }
  },
]
