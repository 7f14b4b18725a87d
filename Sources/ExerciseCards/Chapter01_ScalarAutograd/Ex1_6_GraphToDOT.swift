import FledgeCourse

extension Exercise {
  static let graphToDOT = Exercise(
    "1.6", file: "Ex1_6_GraphToDOT", title: "A picture of the graph",
    goal: """
      Write a graph with its values and gradients in the language of Graphviz. In a picture of the \
      graph you often see at once what is wrong.
      """,
    needs: ["1.2", "1.3", "1.4", "1.5"], source: "micrograd's trace_graph notebook",
    hints: [
      """
      Two steps: which numbers are there, and what are their names? Number them in the order of \
      graphNodes(), and look up the numbers when drawing the arrows.
      """,
      """
      topologicalOrder() has all numbers but the constants; those stand among the inputs of the \
      others, perhaps several times. A dictionary from ObjectIdentifier to the place in graphNodes() \
      gives each its name.
      """,
      """
      For constants: flatMap the inputs of the order, and keep those that are constant and that a \
      Set sees for the first time. For the text: an array of lines, first one for each node with its \
      dotLabel, then one for each input of each node; join them with newlines, between the line that \
      opens the graph and the brace that closes it. There is a newline after the brace.
      """,
    ],
    mutants: [
      Mutant(
        "no-constants",
        hint: """
          The constants are missing. topologicalOrder() leaves them out, but they went in: they \
          stand among the inputs.
          """,
        edits: [
          ("return order + constants", "return constants.isEmpty ? order : order"),
          (
            "for input in node.inputs {",
            "for input in node.inputs where places[ObjectIdentifier(input)] != nil {"
          ),
        ]),
      Mutant(
        "constants-twice",
        hint: """
          A constant that goes in twice was drawn twice, or stands twice in the list: note which ones \
          were seen.
          """,
        edits: [
          ("$0.isConstant && seen.insert(ObjectIdentifier($0)).inserted", "$0.isConstant"),
          (
            "uniqueKeysWithValues: nodes.enumerated().map { (ObjectIdentifier($1), $0) })",
            """
            nodes.enumerated().map { (ObjectIdentifier($1), $0) },
              uniquingKeysWith: { first, _ in first })
            """
          ),
          ("var seen: Set<ObjectIdentifier> = []", ""),
        ]),
      Mutant(
        "tells-apart-by-value",
        hint: """
          Two numbers of equal value became one node. Numbers are told apart by identity: \
          ObjectIdentifier.
          """,
        edits: [
          (
            "uniqueKeysWithValues: nodes.enumerated().map { (ObjectIdentifier($1), $0) })",
            "nodes.enumerated().map { ($1.value, $0) }, uniquingKeysWith: { first, _ in first })"
          ),
          ("places[ObjectIdentifier(input)]!", "places[input.value]!"),
        ]),
      Mutant(
        "arrows-reversed",
        hint: "The arrows point from a result to its inputs; they go the way of the values.",
        replace: "n\\(places[ObjectIdentifier(input)]!) -> n\\(place);",
        with: "n\\(place) -> n\\(places[ObjectIdentifier(input)]!);"),
      Mutant(
        "one-arrow-a-pair",
        hint: """
          In a · a the number goes in twice and has two arrows; one is missing, as if inputs were a \
          set.
          """,
        replace: "for input in node.inputs {",
        with: """
          for input in node.inputs
          where !lines.contains("  n\\(places[ObjectIdentifier(input)]!) -> n\\(place);") {
          """),
      Mutant(
        "constants-by-value",
        hint: """
          Two constants of equal value became one node. They are told apart as all numbers are, \
          by identity.
          """,
        edits: [
          (
            "$0.isConstant && seen.insert(ObjectIdentifier($0)).inserted",
            "$0.isConstant && seen.insert($0.value).inserted"
          ),
          ("var seen: Set<ObjectIdentifier> = []", "var seen: Set<Double> = []"),
          ("places[ObjectIdentifier(input)]!", "places[ObjectIdentifier(input)] ?? 0"),
        ]),
      Mutant(
        "constants-in-front",
        hint: """
          The constants stand before the numbers that were made from them; the order begins with \
          the result, and the constants come last.
          """,
        replace: "return order + constants", with: "return constants + order"),
    ])
}
