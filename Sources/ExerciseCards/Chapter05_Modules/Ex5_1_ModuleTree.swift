import FledgeCourse

extension Exercise {
  static let moduleTree = Exercise(
    "5.1", file: "Ex5_1_ModuleTree", title: "The module tree",
    goal: """
      Find every parameter of a model by walking over its properties: real models of Fledge, named as \
      a checkpoint names them.
      """,
    source: "minitorch task 0.4",
    hints: [
      """
      A model is a tree: a module has properties, some of which are modules. Two functions that call \
      each other are all it takes. What is the path of a property of a module at "a.b"?
      """,
      """
      `inspect` has five cases: a parameter (taken if it has a value and is not there yet), a module \
      (visited), a list (each element, by its number), an optional (what is in it, by the same path), \
      anything else. `Mirror(reflecting:)` tells lists and optionals by their `displayStyle`.
      """,
      """
      Whether a parameter is there already is a question of identity (===), not of its name: one that \
      is shared comes by under two names. A part at "layers.1" is what has exactly this path, or a \
      path that goes on with a dot.
      """,
    ],
    mutants: [
      Mutant(
        "shared-parameters-twice",
        hint: """
          A parameter that two modules share was listed under both its names. An optimizer would move \
          it twice a step.
          """,
        replace: "let isNew = !parameters.contains { $0.parameter === parameter }",
        with: "let isNew = !parameters.contains { $0.path == path }"),
      Mutant(
        "no-lists",
        hint:
          "Layers in an array were not found: they would never be trained, and nobody would know.",
        replace: "} else if mirror.displayStyle == .collection {",
        with: "} else if mirror.displayStyle == .set {"),
      Mutant(
        "optionals-have-a-name",
        hint:
          "The contents of an optional got a path of their own; for everyone else the optional is not a level.",
        replace: "for child in mirror.children { inspect(child.value, at: path) }",
        with: """
          for child in mirror.children { inspect(child.value, at: Self.path(path, child.label ?? "")) }
          """),
      Mutant(
        "lists-what-is-absent",
        hint: "A layer without a bias has a bias parameter without a value: nothing to train.",
        replace: "if isNew && parameter.value != nil {", with: "if isNew {"),
      Mutant(
        "freezes-by-the-first-letters",
        hint: "With layers.1 went layers.10 and layers.11: a path ends at a dot, not at a letter.",
        replace: "$0.path.hasPrefix(path + \".\")", with: "$0.path.hasPrefix(path)"),
      Mutant(
        "decays-by-name",
        hint: "A norm's scale is called weight, too. What tells it from a matrix?",
        replace: """
            let isDecayed = { (parameter: AnyParameter) in parameter.value!.rank >= 2 }
            return (
              parameters.filter { isDecayed($0.parameter) }.map(\\.path),
              parameters.filter { !isDecayed($0.parameter) }.map(\\.path)
            )
          """,
        with: """
            let isDecayed = { (path: String) in path.hasSuffix("weight") }
            return (
              parameters.map(\\.path).filter { isDecayed($0) },
              parameters.map(\\.path).filter { !isDecayed($0) }
            )
          """),
      Mutant(
        "lists-of-modules-only",
        hint: """
          Of a list only modules were taken. It may hold parameters, optionals and other lists as well: \
          what is in it is looked at like any property.
          """,
        replace: "inspect(child.value, at: Self.path(path, \"\\(number)\"))",
        with: """
          if let module = child.value as? Module { visit(module, at: Self.path(path, "\\(number)")) }
          """),
      Mutant(
        "matrices-and-no-filters",
        hint: "A filter has four axes, and is decayed as a matrix is: two axes or more.",
        replace: "parameter.value!.rank >= 2", with: "parameter.value!.rank == 2"),
    ])
}
