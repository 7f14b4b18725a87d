import FledgeCourse

extension Exercise {
  static let propertyTests = Exercise(
    "0.2", file: "Ex0_2_PropertyTests", title: "Property tests",
    goal: """
      Now you write the tests, and they are graded: they must accept the correct operators and \
      catch each of the wrong ones.
      """,
    needs: ["0.1"],
    source: "minitorch task 0.2; mutation testing: DeMillo, Lipton, Sayward (1978)",
    hints: [
      """
      Begin with one law and see which wrong operators survive. Each survivor breaks a law that \
      you have not written yet.
      """,
      """
      Compare two ways to compute the same number: x times a sum, and the sum of the products; up \
      with exp and back down with log. A law about two operators at once lets a pair of matching \
      mistakes pass (base 2, say): then one known value decides.
      """,
      """
      Steepness: the odds, the value over one minus the value, grow like eˣ (but for |x| \
      beyond 10 rounding eats them up). Backward forms: a small step to both sides gives the slope; compare \
      slope times d, for any d. Rising: compare x and y first, then their values.
      """,
    ],
    mutants: [
      Mutant(
        "tests-nothing", hint: "A test that is always true accepts everything, the wrong ones too.",
        replace: "x > 0 ? op.relu(x) == x : op.relu(x) == 0", with: "true"),
      Mutant(
        "compares-rounded-numbers",
        hint: "Two ways to one number differ in the last digits: correct operators were rejected.",
        replace: "isNear(op.mul(x, op.add(y, z)), op.add(op.mul(x, y), op.mul(x, z)))",
        with: "op.mul(x, op.add(y, z)) == op.add(op.mul(x, y), op.mul(x, z))"),
      Mutant(
        "looks-at-one-side",
        hint: "Half of the numbers are negative, and the test ignores them.",
        replace: "op.relu(x) == x : op.relu(x) == 0", with: "op.relu(x) == x : true"),
      Mutant(
        "shape-without-steepness",
        hint: "Many curves rise from 0 to 1 through ½. Test how steep this one is, too.",
        replace: "isRising && hasOdds", with: "isRising"),
      Mutant(
        "asks-for-the-pair-only",
        hint: "That log undoes exp is true of every base.",
        replace: "&& isNear(op.exp(1), M_E)", with: ""),
      Mutant(
        "slope-without-chain",
        hint: "The slopes are right, but d was not tested: it might as well have been 1.",
        replace: "abs(back - slope * d) < 1e-3", with: "d != 1 || abs(back - slope) < 1e-3"),
      Mutant(
        "never-asks-different-numbers",
        hint: """
          That equal numbers are equal is true of an eq that always says so. Ask it about \
          different ones, too.
          """,
        replace: "op.lt(x, y) + op.lt(y, x) + op.eq(x, y) == 1", with: "op.eq(x, x) == 1"),
      Mutant(
        "slopes-right-of-0-only",
        hint: """
          The slopes were compared at positive x alone. An inverse has two branches: its slope \
          is negative on both.
          """,
        replace: "isRight(op.inverseBack(x, d), slope(op.inverse, x))",
        with: "isRight(op.inverseBack(abs(x), d), slope(op.inverse, abs(x)))"),
    ])
}
