import FledgeCourse

extension Exercise {
  static let prefetchThread = Exercise(
    "7.4", file: "Ex7_4_PrefetchThread", title: "A thread that works ahead",
    goal: """
      Make the next batches on another thread while the model trains on this one: in order, not too \
      many, and gone when nobody wants them any more.
      """,
    source: "no course has it; Hoare 1974 for the condition",
    hints: [
      """
      Write put and take first, for a shelf that holds one item: who puts waits until it is empty, who \
      takes waits until it is full. All the rest is more conditions in the same two loops.
      """,
      """
      Every function locks the door, and unlocks it however it ends: defer does that. Whoever changes \
      something that another may wait for calls broadcast. Ask for each wait: which three things can \
      end it? For work: a for loop that leaves early in two cases, and one line after it.
      """,
      """
      put waits while the items are as many as allowed and nobody has stopped; then it answers false if \
      stopped, else appends, wakes, answers true. take waits while there are no items and the shelf is \
      open; an empty shelf is then the end. In work, a failure is put like an item, and the loop ends \
      after it; closing is the last line in every case.
      """,
    ],
    mutants: [
      Mutant(
        "no-limit",
        hint: """
          It makes item after item and never waits: with real images that is all the memory. Wait while \
          `ahead` items lie there.
          """,
        replace: "while items.count >= ahead && !isStopped { door.wait() }", with: "", varies: true),
      Mutant(
        "one-too-many",
        hint: "One more item lies ready than allowed.",
        replace: "while items.count >= ahead && !isStopped",
        with: "while items.count > ahead && !isStopped"),
      Mutant(
        "takes-the-newest",
        hint: "Items come out of order: what was put first is taken first.",
        replace: "return items.removeFirst()", with: "return items.removeLast()", varies: true),
      Mutant(
        "stop-wakes-nobody",
        hint: """
          The thread sleeps for ever after the last reference has gone: stop changed something that it \
          waits for, and did not wake it.
          """,
        replace: "isStopped = true\ndoor.broadcast()", with: "isStopped = true"),
      Mutant(
        "works-on-for-nobody",
        hint: """
          After the taker had gone, the thread made all the other items, too: put must answer that \
          nothing more is wanted.
          """,
        replace: "if isStopped { return false }", with: ""),
      Mutant(
        "goes-on-after-an-error",
        hint: "After an error more items came. It is the last thing that comes out.",
        replace: "guard shelf.put(result), case .success = result else { break }",
        with: "guard shelf.put(result) else { break }"),
      Mutant(
        "drops-what-lies-there",
        hint: """
          The last items were lost: a closed shelf gives nothing more only when it is empty.
          """,
        replace: "if items.isEmpty { return nil }", with: "if isClosed { return nil }", varies: true
      ),
      Mutant(
        "never-closes",
        hint:
          "After the last item the taker waits for ever: nobody told it that no more will come.",
        replace: "shelf.close()", with: "_ = shelf", varies: true),
      Mutant(
        "looks-once-when-taking",
        hint: """
          Who was woken took for granted that an item was there. Another may have been faster: \
          look again, in a loop, after every wait.
          """,
        replace: "while items.isEmpty && !isClosed { door.wait() }",
        with: "if items.isEmpty && !isClosed { door.wait() }", varies: true),
      Mutant(
        "looks-once-when-putting",
        hint: """
          Who was woken took for granted that there was room. Another may have filled it: look \
          again, in a loop, after every wait.
          """,
        replace: "while items.count >= ahead && !isStopped { door.wait() }",
        with: "if items.count >= ahead && !isStopped { door.wait() }", varies: true),
    ], seconds: 8)
}
