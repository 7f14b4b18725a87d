import Fledge
import FledgeCourse
import Foundation
import Synchronization

let checks3_2: [Check] = [
  Check("the ranges cover all the work, each part once") { c in
    for (count, threads) in [(10, 2), (10, 3), (7, 4), (3, 8), (1, 2), (5, 1), (0, 2), (100, 7)] {
      let seen = Mutex<[Range<Int>]>([])
      Parallel.forRanges(count, threads: threads) { range in seen.withLock { $0.append(range) } }
      let ranges = seen.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
      c.trying("0 ..< \(count) for \(threads) threads: \(ranges)") {
        c.expect(ranges.flatMap { Array($0) }, equals: Array(0..<count), "all parts in order")
        c.expect(ranges.count, equals: min(count, threads), "the number of ranges")
        let (shortest, longest) = (ranges.map(\.count).min() ?? 0, ranges.map(\.count).max() ?? 0)
        c.expect(longest - shortest <= 1, "the ranges are equally long, to one")
      }
    }
  },
  Check("all ranges are at work at the same time") { c in
    for threads in [2, 3] {
      // Everyone waits here for everyone else, as long as a slow machine may take.
      let meeting = Mutex((present: 0, met: 0))
      Parallel.forRanges(threads, threads: threads) { _ in
        meeting.withLock { $0.present += 1 }
        let deadline = Date(timeIntervalSinceNow: 2)
        while meeting.withLock({ $0.present }) < threads, Date() < deadline { usleep(200) }
        meeting.withLock { $0.met += $0.present == threads ? 1 : 0 }
      }
      c.trying("\(threads) threads") {
        c.expect(meeting.withLock { $0.met }, equals: threads, "ranges that met all the others")
      }
    }
  },
  Check("it returns when the last range has ended") { c in
    let ended = Mutex(0)
    Parallel.forRanges(3, threads: 3) { range in
      usleep(UInt32(range.lowerBound) * 30_000)
      ended.withLock { $0 += 1 }
    }
    c.expect(ended.withLock { $0 }, equals: 3, "ranges that had ended")
  },
  Check("a step is found where there is one") { c in
    let x = mixedNumbers([4, 6])
    let known: [(String, Tensor, Int?)] = [
      ("whole", x, 1), ("rows 1 and 2", x[1..<3], 1), ("a row", x[2], 1), ("a scalar", x[1, 1], 1),
      ("one number everywhere", x[1..<2, 1..<2].broadcast(to: [4, 6]), 0),
      ("one number in a column", x[1..<2, 1..<2].broadcast(to: [4, 1]), 0),
      ("transposed", x.transposed(), nil), ("two columns", x[.all, 0..<2], nil),
      ("one column", x[.all, 0], nil), ("a bias", x[0].broadcast(to: [4, 6]), nil),
      ("flipped", x.flipped(axis: 1), nil),
    ]
    for (name, view, step) in known {
      c.trying("\(name): shape \(view.shape), strides \(Array(view.layout.strides))") {
        c.expect(FastKernels.step(of: view), equals: step, "step")
      }
    }
  },
  Check("elements in step take the fast path, and no others") { c in
    let x = mixedNumbers([4, 6])
    let one = Tensor(10).broadcast(to: [4, 6])
    let known: [(String, Tensor, Tensor, slowMaps: Int, slowZips: Int)] = [
      ("whole and whole", x, x + 1, 0, 0),
      ("rows of a larger tensor", mixedNumbers([9, 6])[2..<6], x, 0, 0),
      ("whole and one number", x, one, 0, 0), ("one number and whole", one, x, 0, 0),
      ("transposed", mixedNumbers([6, 4]).transposed(), x, 1, 1),
      ("columns of a wider tensor", mixedNumbers([4, 9])[.all, 1..<7], x, 1, 1),
      ("whole and a bias", x, mixedNumbers([6]).broadcast(to: [4, 6]), 0, 1),
    ]
    for (name, a, b, slowMaps, slowZips) in known {
      let slow = Mutex((maps: 0, zips: 0))
      let calls = Mutex(0)
      var kernels = FastKernels()
      kernels.stridedMap = { x, f in
        slow.withLock { $0.maps += 1 }
        return StridedKernels.map(x, f)
      }
      kernels.stridedZip = { a, b, f in
        slow.withLock { $0.zips += 1 }
        return StridedKernels.zip(a, b, f)
      }
      c.trying(name) {
        let doubled = kernels.map(a) { x in
          calls.withLock { $0 += 1 }
          return 2 * x
        }
        c.expect(doubled, near: a * 2, "2a")
        c.expect(calls.withLock { $0 }, equals: a.count, "calls of f, one for each element")
        c.expect(kernels.zip(a, b) { $0 - $1 }, near: a - b, "a − b")
        c.expect(slow.withLock { $0.maps }, equals: slowMaps, "maps on the strided path")
        c.expect(slow.withLock { $0.zips }, equals: slowZips, "zips on the strided path")
      }
    }
  },
  Check("any number of threads gives the same bits") { c in
    let x = mixedNumbers([3, 4101])
    var sums: [UInt32] = []
    for threads in [1, 2, 3, 5] {
      let kernels = FastKernels(threads: threads, grain: 1)
      c.trying("\(threads) threads") {
        c.expect(
          kernels.map(x) { $0 * $0 }.isIdentical(to: StridedKernels.map(x) { $0 * $0 }), "x²")
        c.expect(
          kernels.zip(x, x) { $0 / ($1 + 9) }.isIdentical(
            to: StridedKernels.zip(x, x) { $0 / ($1 + 9) }),
          "x / (x + 9)")
        let sum = kernels.sum(x)
        sums.append(sum.bitPattern)
        c.expect(Double(sum), near: x.sum().item(), tolerance: 1e-4, "Σ x")
      }
    }
    c.expect(Set(sums).count, equals: 1, "different sums by 1, 2, 3 and 5 threads")
  },
  Check("a sum is cut into chunks, in order") { c in
    let x = Tensor.ones([5, 2000])[1..<5]
    let asked = Mutex<[Range<Int>]>([])
    var kernels = FastKernels(threads: 2, grain: 1)
    kernels.sumOfRange = { buffer, positions in
      asked.withLock { $0.append(positions) }
      return Float(10 * positions.count)
    }
    let sum = kernels.sum(x)
    let ranges = asked.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
    c.trying("8000 elements from position 2000 on") {
      c.expect(ranges, equals: [2000..<6096, 6096..<10000], "positions of the chunks")
      c.expect(
        Double(sum), near: 80_000, "the sum of the chunks' sums, here 10 for each element")
    }
    // From 2²⁴ on floats are 2 apart: adding 1 to such a sum changes nothing.
    kernels.sumOfRange = { _, positions in positions.lowerBound == 0 ? 0x1p24 : 1 }
    c.expect(
      Double(kernels.sum(Tensor.ones([3, 4096]))), near: 16_777_216, tolerance: 1e-9,
      "chunks of the sums 2²⁴, 1 and 1, one after the other: (2²⁴ + 1) + 1")
    c.expect(Double(FastKernels().sum(Tensor.zeros([0]))), near: 0, "the sum of nothing")
  },
  Check("small work stays on the thread that calls") { c in
    let own = ObjectIdentifier(Thread.current)
    for (count, grain, isAlone) in [(100, 101, true), (100, 100, false)] {
      let strangers = Mutex(0)
      let kernels = FastKernels(threads: 2, grain: grain)
      _ = kernels.map(mixedNumbers([count])) { x in
        if ObjectIdentifier(Thread.current) != own { strangers.withLock { $0 += 1 } }
        return x
      }
      let zipStrangers = Mutex(0)
      _ = kernels.zip(mixedNumbers([count]), mixedNumbers([count])) { x, _ in
        if ObjectIdentifier(Thread.current) != own { zipStrangers.withLock { $0 += 1 } }
        return x
      }
      c.trying("\(count) elements, grain \(grain)") {
        c.expect(
          strangers.withLock { $0 } == 0, equals: isAlone, "all elements on the calling thread")
        c.expect(
          zipStrangers.withLock { $0 } == 0, equals: isAlone,
          "all elements of a zip on the calling thread")
      }
    }
  },
]
