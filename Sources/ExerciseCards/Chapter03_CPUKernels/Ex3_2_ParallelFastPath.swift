import FledgeCourse

extension Exercise {
  static let parallelFastPath = Exercise(
    "3.2", file: "Ex3_2_ParallelFastPath", title: "Threads and the fast path",
    goal: """
      Most tensors lie side by side, and a computer has more than one core. Use both: a loop \
      without index arithmetic where none is needed, split among threads, with the same bits for \
      any number of them.
      """,
    needs: ["2.1", "3.1"], source: "minitorch task 3.1",
    hints: [
      """
      Part i of p of the work ends where part i + 1 begins: at a fraction of the count. For the \
      kernels: what is left of a position when all elements lie in one line?
      """,
      """
      Start a thread for each range but the first, do the first yourself, then wait for all. The \
      kernels: find the step or hand the work to the strided path; then one loop over a range, in \
      which the element's place is offset + n · step. The sum: its parts are chunks, so the work \
      that is cut among threads is 0 ..< the number of chunks.
      """,
      """
      Ranges: the bounds i · count / parts for i and i + 1. Enter the group before the thread \
      starts, leave it at the end of its closure. For a step of 0 every axis has the stride 0, or \
      a size of 1. Chunk i holds the positions from i · chunk up to the smaller of (i + 1) · chunk \
      and the count, all behind the offset.
      """,
    ],
    mutants: [
      Mutant(
        "drops-the-rest",
        hint: "count / threads was rounded down, and the rest at the end was never done.",
        replace: "$0 * count / parts..<($0 + 1) * count / parts",
        with: "$0 * (count / parts)..<($0 + 1) * (count / parts)"),
      Mutant(
        "does-not-wait",
        hint: """
          It returned while a thread was still at work: its part of the result comes later, or \
          never.
          """,
        replace: "group.wait()", with: "", varies: true),
      Mutant(
        "one-after-the-other",
        hint: "The ranges ran one after the other. Start all the threads before you wait for any.",
        replace: """
          Thread.detachNewThread {
          body(range)
          group.leave()
          }
          """,
        with: """
          body(range)
          group.leave()
          """),
      Mutant(
        "never-fast",
        hint: """
          The result is right, and slow: elements that lie side by side went the strided path.
          """,
        replace: "guard let step = Self.step(of: x) else { return stridedMap(x, f) }",
        with: "guard let step = Self.step(of: x), x.rank > 8 else { return stridedMap(x, f) }"),
      Mutant(
        "forgets-the-offset",
        hint: """
          Side by side does not mean from the buffer's beginning: rows of a larger tensor begin \
          later.
          """,
        replace: "let (left, startA) = (FloatBuffer(a), a.layout.offset)",
        with: "let (left, startA) = (FloatBuffer(a), 0)"),
      Mutant(
        "chunks-by-threads",
        hint: """
          The sum was cut by the number of threads, so a machine with more cores gets other bits. \
          Cut it by its length.
          """,
        edits: [
          (
            "let chunks = (count + Self.chunk - 1) / Self.chunk",
            "let chunk = (count + threads - 1) / threads, chunks = threads"
          ),
          (
            "let end = min((i + 1) * Self.chunk, count)",
            "let start = min(i * chunk, count), end = min((i + 1) * chunk, count)"
          ),
          ("offset + i * Self.chunk..<offset + end", "offset + start..<offset + end"),
        ]),
      Mutant(
        "rest-to-the-last-thread",
        hint: """
          The last range got all that was left over when the work was divided. Ranges that are \
          equal to one element keep no thread waiting.
          """,
        replace: "$0 * count / parts..<($0 + 1) * count / parts",
        with: "$0 * (count / parts)..<($0 == parts - 1 ? count : ($0 + 1) * (count / parts))"),
      Mutant(
        "asks-the-last-axis-only",
        hint: """
          A stride of 0 along the last axis means one number in each row, and not one for all.
          """,
        replace: "(0..<x.rank).allSatisfy { x.layout.strides[$0] == 0 || x.shape[$0] == 1 }",
        with: "x.rank > 0 && x.layout.strides[x.rank - 1] == 0"),
    ])
}
