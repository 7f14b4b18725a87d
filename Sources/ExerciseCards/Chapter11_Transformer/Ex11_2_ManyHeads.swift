import FledgeCourse

extension Exercise {
  static let manyHeads = Exercise(
    "11.2", file: "Ex11_2_ManyHeads", title: "Several heads",
    goal: """
      Make a layer of attention, in which several heads look for different things at the same time.
      """,
    needs: ["11.1"],
    source: "needle homework 4 extra, part 2; CS336 assignment 1; llmsys assignment 3",
    hints: [
      """
      Write the numbers 0 to 11 down as three positions of four channels. Which of them belong to head 1 \
      of 2? Then ask in which order they lie after each of your steps.
      """,
      """
      A reshape never moves a number: it can cut the last axis in two, heads and what is within one. To \
      bring the heads before the positions takes an exchange of axes, permuted([0, 2, 1, 3]). On the way \
      back, the exchange comes first.
      """,
      """
      parts(of:): one call of qkv, three chunks along the last axis, each split into heads; the first two \
      go through turn. The call: the three parts, ScaledAttention.attend with the mask of x.shape[1] \
      positions, join, and the projection at last.
      """,
    ],
    mutants: [
      Mutant(
        "deals-like-cards",
        hint: """
          The channels were dealt out in turns, one to each head: neighbours belong together.
          """,
        replace:
          "x.reshaped([x.shape[0], x.shape[1], heads, x.shape[2] / heads]).permuted([0, 2, 1, 3])",
        with: """
          x.reshaped([x.shape[0], x.shape[1], x.shape[2] / heads, heads]).permuted([0, 3, 1, 2])
          """),
      Mutant(
        "heads-of-positions",
        hint: """
          The shape is right and the numbers are mixed up: a reshape alone cuts the positions, not the \
          channels.
          """,
        replace:
          "x.reshaped([x.shape[0], x.shape[1], heads, x.shape[2] / heads]).permuted([0, 2, 1, 3])",
        with: "x.reshaped([x.shape[0], heads, x.shape[1], x.shape[2] / heads])"),
      Mutant(
        "joins-without-exchange",
        hint: "The heads were joined as they lie, one after the other: positions come first.",
        replace: "x.permuted([0, 2, 1, 3]).reshaped(", with: "x.reshaped("),
      Mutant(
        "keys-first",
        hint: "Queries and keys changed places: the queries are the first third.",
        replace: "return (turn(parts[0]), turn(parts[1]), parts[2])",
        with: "return (turn(parts[1]), turn(parts[0]), parts[2])"),
      Mutant(
        "turns-values",
        hint: """
          The values were turned as well: what a position gives does not depend on where it stands.
          """,
        replace: "turn(parts[1]), parts[2])", with: "turn(parts[1]), turn(parts[2]))"),
      Mutant(
        "turns-queries-only",
        hint: "The keys were not turned: then a product depends on where the query stands.",
        replace: "turn(parts[1])", with: "parts[1]"),
      Mutant(
        "sees-the-future",
        hint: "A causal layer looked at later positions: attend was given no mask.",
        replace: "ScaledAttention.attend(q, k, v, mask: mask(x.shape[1]))",
        with: "ScaledAttention.attend(q, k, v)"),
      Mutant(
        "no-projection",
        hint:
          "The heads' results stand side by side and were never mixed: the projection is missing.",
        replace:
          "return projection(joinHeads(ScaledAttention.attend(q, k, v, mask: mask(x.shape[1]))))",
        with: "return joinHeads(ScaledAttention.attend(q, k, v, mask: mask(x.shape[1])))"),
    ])
}
