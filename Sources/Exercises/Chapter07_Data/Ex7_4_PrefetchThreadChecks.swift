import FledgeCourse
import Foundation
import Synchronization

let checks7_4: [Check] = [
  Check("items come in order, each once, and then no more") { c in
    for (count, ahead) in [(20, 3), (20, 1), (2, 5), (1, 1), (0, 2)] {
      let thread = PrefetchThread(count: count, ahead: ahead) { $0 * 10 }
      var seen: [Int] = []
      while let item = try thread.next() { seen.append(item) }
      try c.trying("\(count) items, \(ahead) ahead") {
        c.expect(seen, equals: (0..<count).map { $0 * 10 }, "the items")
        c.expect(try thread.next() == nil, "after the end there is still no more")
      }
    }
  },
  Check("a slow thread is waited for, and a slow taker is waited for") { c in
    let slow = PrefetchThread(count: 5, ahead: 2) { number in
      usleep(2000)
      return number
    }
    var seen: [Int] = []
    while let item = try slow.next() { seen.append(item) }
    c.expect(seen, equals: [0, 1, 2, 3, 4], "items that take a while to make")
    let fast = PrefetchThread(count: 5, ahead: 2) { $0 }
    seen = []
    while let item = try fast.next() {
      usleep(2000)
      seen.append(item)
    }
    c.expect(seen, equals: [0, 1, 2, 3, 4], "items that take a while to use")
  },
  Check("items are made on another thread, before anybody asks for them") { c in
    let own = ObjectIdentifier(Thread.current)
    let made = Mutex(0)
    let thread = PrefetchThread(count: 10, ahead: 3) { number in
      made.withLock { $0 += 1 }
      return (number, ObjectIdentifier(Thread.current))
    }
    c.expect(
      eventually { made.withLock { $0 } >= 4 },
      "three items lie ready and a fourth is made, though none was taken")
    while let (number, maker) = try thread.next() {
      c.expect(maker != own, "item \(number) was made on another thread")
    }
  },
  Check("no more are made ahead than allowed") { c in
    let made = Mutex(0)
    let thread = PrefetchThread(count: 50, ahead: 3) { number in
      made.withLock { $0 += 1 }
      return number
    }
    var taken = 0
    for goal in [0, 1, 2, 10] {
      while taken < goal {
        _ = try thread.next()
        taken += 1
      }
      _ = eventually { made.withLock { $0 } >= taken + 4 }
      // Time to make too many.
      usleep(20_000)
      let count = made.withLock { $0 }
      c.trying("\(taken) of 50 items taken, 3 ahead") {
        c.expect(count <= taken + 4, "at most \(taken + 4) were made, one of which waits: \(count)")
      }
    }
  },
  Check("who stops early ends the thread, whatever it is waiting for") { c in
    for taken in [0, 1, 5] {
      let made = Mutex(0)
      weak var held: Held?
      do {
        let object = Held()
        held = object
        let thread = PrefetchThread(count: 1_000_000, ahead: 2) { number in
          made.withLock { $0 += 1 }
          return (number, object)
        }
        for _ in 0..<taken { _ = try thread.next() }
        _ = eventually { made.withLock { $0 } >= taken + 3 }
      }
      c.trying("\(taken) of a million items taken") {
        c.expect(eventually { held == nil }, "the thread has ended and let go of what it held")
        let count = made.withLock { $0 }
        c.expect(count <= taken + 4, "it did not make the rest first: \(count) were made")
      }
    }
  },
  Check("an error comes in the item's place, after the items before it, and is the last") { c in
    for failing in [0, 3] {
      let last = Mutex(-1)
      let thread = PrefetchThread(count: 10, ahead: 2) { number in
        last.withLock { $0 = number }
        if number == failing { throw Damaged(item: number) }
        return number
      }
      c.trying("item \(failing) of 10 cannot be made") {
        do {
          for expected in 0..<failing {
            c.expect(try thread.next(), equals: expected, "an item before it")
          }
        } catch {
          c.expect(false, "the items before it come first")
        }
        c.expectThrows("the error itself, from next()") { _ = try thread.next() }
        do {
          c.expect(try thread.next() == nil, "after the error there is no more")
        } catch {
          c.expect(false, "the error comes once")
        }
        c.expect(
          eventually { last.withLock { $0 } == failing } && last.withLock { $0 } == failing,
          "nothing after it was made")
      }
    }
  },
  Check("who puts waits while the shelf is full, and who takes while it is empty") { c in
    let shelf = ItemShelf<Int>(ahead: 2)
    c.expect(shelf.put(.success(1)) && shelf.put(.success(2)), "two items are put at once")
    let isPut = Mutex(false)
    Thread.detachNewThread {
      _ = shelf.put(.success(3))
      isPut.withLock { $0 = true }
    }
    usleep(20_000)
    c.expect(!isPut.withLock { $0 }, "a third one waits")
    c.expect(try shelf.take()?.get(), equals: 1, "the first one taken")
    c.expect(eventually { isPut.withLock { $0 } }, "then there is room for the third")
    let taken = Mutex<[Int]>([])
    Thread.detachNewThread {
      while let item = try? shelf.take()?.get() { taken.withLock { $0.append(item) } }
      taken.withLock { $0.append(-1) }
    }
    c.expect(eventually { taken.withLock { $0 } == [2, 3] }, "2 and 3 are taken, and no end yet")
    shelf.close()
    c.expect(eventually { taken.withLock { $0 } == [2, 3, -1] }, "once it is closed, the end")
  },
  Check("of two who wait, one goes on and the other waits again") { c in
    let empty = ItemShelf<Int>(ahead: 1)
    let taken = Mutex<[Int]>([])
    for _ in 0..<2 {
      Thread.detachNewThread {
        let item = try? empty.take()?.get()
        taken.withLock { $0.append(item ?? -1) }
      }
    }
    usleep(30_000)
    _ = empty.put(.success(7))
    c.expect(eventually { taken.withLock { $0.contains(7) } }, "one of two takes the 7 that is put")
    usleep(30_000)
    c.expect(
      taken.withLock { $0 }, equals: [7], "what both have taken; the shelf is not closed")
    empty.close()
    c.expect(eventually { taken.withLock { $0 } == [7, -1] }, "once it is closed, the other ends")

    let full = ItemShelf<Int>(ahead: 1)
    _ = full.put(.success(0))
    let puts = Mutex(0)
    for number in 1...2 {
      Thread.detachNewThread {
        _ = full.put(.success(number))
        puts.withLock { $0 += 1 }
      }
    }
    usleep(30_000)
    _ = full.take()
    c.expect(eventually { puts.withLock { $0 } > 0 }, "when one item is taken, one more is put")
    usleep(30_000)
    c.expect(puts.withLock { $0 }, equals: 1, "items put in its place, where one may lie ready")
    full.stop()
  },
  Check("what was put before the shelf closed can still be taken") { c in
    let shelf = ItemShelf<Int>(ahead: 3)
    _ = (shelf.put(.success(7)), shelf.put(.success(8)))
    shelf.close()
    c.expect(try shelf.take()?.get(), equals: 7, "the first item")
    c.expect(try shelf.take()?.get(), equals: 8, "the second item")
    c.expect(shelf.take() == nil, "then the end")
  },
  Check("a stopped shelf wants nothing more") { c in
    let shelf = ItemShelf<Int>(ahead: 1)
    c.expect(shelf.put(.success(1)), "an item is wanted")
    let answer = Mutex<Bool?>(nil)
    Thread.detachNewThread {
      let isWanted = shelf.put(.success(2))
      answer.withLock { $0 = isWanted }
    }
    usleep(10_000)
    shelf.stop()
    c.expect(eventually { answer.withLock { $0 } == false }, "the one who waited need not wait")
    c.expect(!shelf.put(.success(3)), "another item is not wanted either")
  },
]

private struct Damaged: Error { let item: Int }

private final class Held: Sendable {}

/// Whether it becomes true within a second or so. Long enough for a busy machine: it returns at once
/// when it is true.
private func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<300 {
    if condition() { return true }
    usleep(4000)
  }
  return condition()
}
