import FledgeCourse

extension Exercise {
  static let topologicalOrder = Exercise(
    "1.4", file: "Ex1_4_TopologicalOrder", title: "Topological order",
    goal: """
      Put the numbers of a graph into an order in which each comes before its inputs, so that \
      gradients can be passed on in one sweep. Without recursion: real graphs are deep.
      """,
    needs: ["1.2"], source: "minitorch task 1.4; needle homework 1, question 4",
    hints: [
      """
      Think backwards. Which number can be the last of the order? One whose inputs are all done, or \
      that has none. A depth-first search finishes numbers in this order; the answer is its reverse.
      """,
      """
      What a recursive search keeps on the stack, keep in an array: the path from the end to where \
      you are, and for each number on it, which input comes next. Look at the last of the path: if \
      it has an input left, go there, unless it was seen; if not, it is finished: note it, and go \
      back one step.
      """,
      """
      An array of pairs (number, nextInput) is the path; a Set of ObjectIdentifier says which were \
      seen, filled at the moment of going there. `while let (number, next) = path.last` drives the \
      loop; count up path[path.count − 1].nextInput before going on. Skip constants. At the end \
      return the finished numbers reversed.
      """,
    ],
    mutants: [
      Mutant(
        "notes-on-the-way-in",
        hint: """
          A number was put into the order when it was found and not when everything behind it was \
          done. So one that is found early by a short way comes before a number that it still waits \
          for.
          """,
        edits: [
          ("return finished.reversed()", "return finished"),
          ("finished.append(number)\npath.removeLast()", "path.removeLast()"),
          (
            "path.append((input, 0))", "path.append((input, 0))\n        finished.append(input)"
          ),
          ("var finished: [Scalar] = []", "var finished: [Scalar] = [self]"),
        ]),
      Mutant(
        "not-reversed",
        hint: """
          The order runs from the variables to the result. That is the order of the forward pass; \
          gradients flow the other way.
          """,
        replace: "return finished.reversed()", with: "return finished"),
      Mutant(
        "visits-again",
        hint: """
          A number is listed once for each path that leads to it. Remember which were seen: with \
          16 doublings there are 65,536 ways, with 60 the search would never end.
          """,
        replace: "!input.isConstant && seen.insert(ObjectIdentifier(input)).inserted",
        with: "!input.isConstant || seen.isEmpty"),
      Mutant(
        "takes-constants",
        hint: "A constant is in the order. Nobody asks for its gradient.",
        edits: [
          ("!input.isConstant && seen", "seen"),
          ("guard !isConstant else { return [] }", ""),
        ]),
      Mutant(
        "calls-itself",
        hint: """
          The search calls itself for every level of the graph, and at some ten thousand levels the \
          stack is full. Keep the path in an array of your own.
          """,
        edits: [
          (
            "var path: [(number: Scalar, nextInput: Int)] = [(self, 0)]",
            """
            func visit(_ number: Scalar) {
              for input in number.inputs where !input.isConstant {
                if seen.insert(ObjectIdentifier(input)).inserted { visit(input) }
              }
              finished.append(number)
            }
            visit(self)
            var path: [(number: Scalar, nextInput: Int)] = []
            """
          )
        ]),
      Mutant(
        "tells-apart-by-value",
        hint: """
          Two numbers of equal value counted as one, and one of them is missing. Numbers are \
          told apart by identity: ObjectIdentifier.
          """,
        edits: [
          ("var seen: Set = [ObjectIdentifier(self)]", "var seen: Set = [value]"),
          ("seen.insert(ObjectIdentifier(input)).inserted", "seen.insert(input.value).inserted"),
        ]),
      Mutant(
        "stack-of-what-is-found",
        hint: """
          Inputs were put on a stack and listed as they came off it. A number can come off \
          before one that it waits for: list it when all behind it are done.
          """,
        replace: "while let (number, nextInput) = path.last {",
        with: """
          path = []
              var open = [self]
              while let number = open.popLast() {
                finished.insert(number, at: 0)
                for input in number.inputs
                where !input.isConstant && seen.insert(ObjectIdentifier(input)).inserted {
                  open.append(input)
                }
              }
              while let (number, nextInput) = path.last {
          """),
    ])
}
