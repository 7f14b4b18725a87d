import FledgeCourse

extension Exercise {
  static let mapZipReduce = Exercise(
    "0.3", file: "Ex0_3_MapZipReduce", title: "Map, zip, reduce",
    goal: """
      Three functions that take a function and return one for whole lists. A tensor backend is these \
      three again, made fast.
      """,
    needs: ["0.1"],
    source: "minitorch task 0.3",
    hints: [
      "The result is a function: return a closure that takes the list (or two) and has the loop in it.",
      """
      map and zip fill an empty array, element by element. reduce carries one value along. The four \
      small ones have no loop at all: name one of the three and one operator.
      """,
      """
      For zip, count places up to the smaller of the two counts. In reduce the value so far is the \
      first argument of f, the element the second. What may you add to, or multiply by, without \
      changing anything? That is where sum and product start.
      """,
    ],
    mutants: [
      Mutant(
        "reduces-from-the-right",
        hint:
          "The last element came first. Sums of integers do not show it; strings and floats do.",
        replace: "for element in list { result = f",
        with: "for element in list.reversed() { result = f"),
      Mutant(
        "zips-to-the-longer", hint: "One of the lists ended before the loop did.",
        replace: "0..<min(left.count, right.count)", with: "0..<max(left.count, right.count)"),
      Mutant(
        "product-from-zero", hint: "Every product came out as 0: where does it start?",
        replace: "reduce(from: 1, Operators.mul)", with: "reduce(from: 0, Operators.mul)"),
      Mutant(
        "product-of-nothing-is-nothing",
        hint: "The product of a list is that of its two parts, even if one part is empty.",
        replace: "reduce(from: 1, Operators.mul)(list)",
        with: "list.isEmpty ? 0 : reduce(from: 1, Operators.mul)(list)"),
      Mutant(
        "adds-the-list-to-itself", hint: "The second list was never looked at.",
        replace: "zip(Operators.add)(a, b)", with: "zip(Operators.add)(a, a)"),
      Mutant(
        "maps-backwards", hint: "The elements came out in another order than they went in.",
        replace: "result.append(f(element))", with: "result.insert(f(element), at: 0)"),
      Mutant(
        "keeps-its-result",
        hint: """
          The function worked once: at its second call the elements of the first were still \
          there. What it collects must begin anew with every call, within the closure.
          """,
        replace: """
          return { list in
          var result: [B] = []
          """,
        with: """
          var result: [B] = []
          return { list in
          """),
      Mutant(
        "starts-with-the-first",
        hint: "The fold began with the first element and never used its start.",
        replace: """
          var result = start
          for element in list { result = f(result, element) }
          """,
        with: """
          guard let first = list.first as? B else { return start }
          var result = first
          for element in list.dropFirst() { result = f(result, element) }
          """),
    ])
}
