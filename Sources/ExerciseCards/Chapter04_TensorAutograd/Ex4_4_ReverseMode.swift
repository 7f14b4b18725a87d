import FledgeCourse

extension Exercise {
  static let reverseMode = Exercise(
    "4.4", file: "Ex4_4_ReverseMode", title: "Reverse mode that makes a graph",
    goal: """
      Write the backward pass: order the graph, call each rule once, add up the gradients that \
      meet. If the pass itself is recorded, its result can be differentiated again.
      """,
    needs: ["4.1", "4.2", "4.3"],
    source: "needle homework 1, questions 3 and 4; Griewank and Walther 2008, chapter 3",
    hints: [
      """
      It is exercises 1.4 and 1.5 once more, with tensors for numbers. Draw the graph of e · e + e and \
      count how often something comes back to e before e may pass it on.
      """,
      """
      For the order: put a node on a stack twice. The first time it comes up, its inputs go on top of \
      it; the second time they are done. For the pass: a dictionary from node to the sum of what has \
      come back so far, and the order from its end.
      """,
      """
      A rule made of recorded operations is recorded if recording is on while it runs, so second \
      derivatives cost you one line: which of the two scopes the whole pass runs in. Leaves are \
      nodes, too: in the end the gradients of x stand in the dictionary under x's node.
      """,
    ],
    mutants: [
      Mutant(
        "overwrites",
        hint: """
          A tensor that was used twice kept only one of its gradients. What comes back on several ways \
          has to be added up.
          """,
        replace: "received[input].map { add($0, gradient) } ?? gradient", with: "gradient"),
      Mutant(
        "passes-on-too-early",
        hint: """
          A node passed its gradient on before all of it had come back. An order in which nodes are \
          found is not yet one in which each comes behind all of its inputs.
          """,
        replace: "open.append((node, true))", with: "order.insert(node, at: 0)"),
      Mutant(
        "walks-every-way",
        hint: """
          A node came up once for every way that leads to it. Twelve doublings have 4096 ways, a deep \
          network more than there are atoms.
          """,
        replace: "} else if seen.insert(node).inserted {",
        with: "} else if seen.insert(node).inserted || true {"),
      Mutant(
        "cuts-the-graph",
        hint: """
          First derivatives are right, but they came out as constants. Something took the gradients \
          out of the graph on their way.
          """,
        replace: "node.inputGradients(dy)) {",
        with: "node.inputGradients(dy).map { $0?.detached() }) {"),
      Mutant(
        "always-records",
        hint: """
          The pass was recorded though nobody asked for it. In a training loop that keeps twice the \
          graph alive, and it costs time.
          """,
        replace: "createGraph ? withGradients(pass) : withoutGradients(pass)",
        with: "withGradients(pass)"),
      Mutant(
        "wants-every-leaf",
        hint:
          "What y does not depend on never came up in the pass; its gradient is zero, not missing.",
        replace: "x.graphNode.flatMap { received[$0] } ?? Tensor.zeros(like: x)",
        with: "received[x.graphNode!]!"),
      Mutant(
        "every-tensor-has-a-node",
        hint: """
          A tensor that is in no graph has no node. y does not depend on it, so its gradient is zeros, \
          too.
          """,
        replace: "x.graphNode.flatMap { received[$0] } ?? Tensor.zeros(like: x)",
        with: "received[x.graphNode!] ?? Tensor.zeros(like: x)"),
      Mutant(
        "zeros-of-another-kind",
        hint:
          "The zeros came out as float32, whatever x is: a gradient has the dtype of its tensor.",
        replace: "?? Tensor.zeros(like: x)", with: "?? Tensor.zeros(x.shape)"),
    ])
}
