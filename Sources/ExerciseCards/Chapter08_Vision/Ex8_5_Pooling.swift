import FledgeCourse

extension Exercise {
  static let pooling = Exercise(
    "8.5", file: "Ex8_5_Pooling", title: "Pooling",
    goal: """
      Make an image smaller and keep what matters: the largest of each window, or the mean; and send \
      gradients back to where they belong.
      """,
    needs: ["8.2"], source: "minitorch tasks 4.3 and 4.4; LeCun et al. 1998",
    hints: [
      """
      The largest is the harder one, since the way back needs to know where it was. Keep places and look \
      the values up, not the other way round.
      """,
      """
      The best place so far begins with the window's first pixel, and is replaced where a larger value \
      comes. Number the windows as you go. The gradient of the largest is one loop over places; that of \
      the mean has the loops of the mean.
      """,
      """
      The window at r and s begins at row r · stride and column s · stride. Only a strictly larger value \
      replaces the best. On the way back += in both, for windows may overlap. The mean divides by size · \
      size, and so does its gradient.
      """,
    ],
    mutants: [
      Mutant(
        "begins-at-zero",
        hint: """
          A window of negative numbers has a negative maximum: begin with its first pixel, and not with 0.
          """,
        replace: "y.values[element] = x.values[best]",
        with: "y.values[element] = max(x.values[best], 0)"),
      Mutant(
        "the-last-of-equals",
        hint: "Of equally large values the last won; the first counts.",
        replace: "if x.values[place] > x.values[best]", with: "if x.values[place] >= x.values[best]"
      ),
      Mutant(
        "windows-side-by-side",
        hint: "The stride was taken for the size: windows may overlap, or leave something out.",
        replace: "let place = x.place(n, c, r * stride + i, s * stride + j)",
        with: "let place = min(x.place(n, c, r * size + i, s * size + j), x.values.count - 1)"),
      Mutant(
        "last-window-only",
        hint:
          "A pixel that is the largest of several windows got the gradient of one: they add up.",
        replace: "dx.values[place] += gradient", with: "dx.values[place] = gradient"),
      Mutant(
        "whole-gradient-to-all",
        hint: "Each pixel of a mean got the whole gradient; it gets its part, 1 / size².",
        replace: "+= dy[n, c, r, s] / Float(size * size)", with: "+= dy[n, c, r, s]"),
      Mutant(
        "sum-for-the-mean",
        hint: "The mean of a window is its sum divided by the number of its pixels.",
        replace: "y[n, c, r, s] = sum / Float(size * size)",
        with: "y[n, c, r, s] = sum / Float(size)"),
    ])
}
