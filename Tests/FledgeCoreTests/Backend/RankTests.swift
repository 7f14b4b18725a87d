import FledgeTestSupport
import Foundation
import Synchronization
import Testing

@testable import FledgeCore

@Suite struct RankTests {
  @Test func `outside of every rank code runs as rank 0 of 1`() {
    #expect(Rank.current === Rank.process && Rank.current.index == 0 && Rank.current.count == 1)
    #expect(Generator.default === Rank.process.generator)
    #expect(Ledger.current === Ledger.process)
  }

  @Test func `a rank has a generator, threads and a ledger of its own`() {
    let outer = Ledger("outer")
    withLedger(outer) {
      withRank(2, of: 4) {
        #expect(Rank.current.index == 2 && Rank.current.count == 4)
        #expect(ThreadPool.threadCount == 1 && Rank.current.threadPool !== Rank.process.threadPool)
        #expect(Generator.default !== Rank.process.generator)
        #expect(Ledger.current.name == "rank 2")
        ThreadPool.threadCount = 3
        #expect(Rank.current.threadPool.threadCount == 3)
        // Scopes inside keep the rank, and ranks may stand within each other.
        withoutGradients {
          #expect(Rank.current.index == 2)
          withRank(0, of: 2, threads: 2) {
            #expect(Rank.current.index == 0 && ThreadPool.threadCount == 2)
          }
        }
        let x = Tensor.zeros([4])
        #expect(Ledger.current.statistics.liveBytes == 16 && outer.statistics.liveBytes == 16)
        withExtendedLifetime(x) {}
      }
      #expect(outer.statistics.liveBytes == 0)
    }
  }

  @Test func `without a generator a rank draws what a fresh process draws`() async {
    await #expect(processExitsWith: .success) {
      let fresh = Tensor.normal([5])
      let state = Generator.default.state
      let inRank = withRank(1, of: 2) { Tensor.normal([5]) }
      #expect(inRank.isIdentical(to: fresh))
      #expect(Generator.default.state == state, "the process's generator was not touched")
      // The scope's generator is not the rank's.
      let other = Generator(seed: 9)
      let inScope = withGenerator(other) { withRank(1, of: 2) { Tensor.normal([5]) } }
      #expect(inScope.isIdentical(to: fresh) && other.state == Generator(seed: 9).state)
    }
  }

  @Test func `seed restarts the generator of the rank that calls it, and no other`() {
    let (first, second) = (Generator(seed: 1), Generator(seed: 1))
    withRank(0, of: 2, generator: first) {
      withRank(1, of: 2, generator: second) { seed(77) }
    }
    #expect(second.state == Generator(seed: 77).state)
    #expect(first.state == Generator(seed: 1).state)
  }

  @Test func `workers run in the caller's context, and in none afterwards`() {
    let seen = Mutex<[(thread: ObjectIdentifier, rank: Int, tag: MemoryTag)]>([])
    let ledger = Ledger()
    withRank(3, of: 5, threads: 4, ledger: ledger) {
      withMemoryTag(.data) {
        ThreadPool.run(parts: 64) { _ in
          let context = ExecutionContext.current
          let thread = ObjectIdentifier(Thread.current)
          seen.withLock { $0.append((thread, context.rank.index, context.memoryTag)) }
          // Until a second thread is there, however busy the machine is.
          _ = eventually { seen.withLock { Set($0.map(\.thread)).count > 1 } }
          // From within a part the pool is busy: the calling thread does it all.
          ThreadPool.run(parts: 2) { _ in
            #expect(ExecutionContext.current === context)
          }
        }
      }
      ThreadPool.run(parts: 64) { _ in
        #expect(ExecutionContext.current.memoryTag == .temporary)
        usleep(500)
      }
    }
    let all = seen.withLock { $0 }
    #expect(all.count == 64 && all.allSatisfy { $0.rank == 3 && $0.tag == .data })
    #expect(Set(all.map(\.thread)).count > 1, "others helped")
  }

  @Test func `the threads of a pool end with it`() async {
    await #expect(processExitsWith: .success) {
      let tasks = "/proc/self/task"
      func count() -> Int? { try? FileManager.default.contentsOfDirectory(atPath: tasks).count }
      guard let before = count() else { return }  // not Linux
      for _ in 0..<5 {
        withRank(0, of: 1, threads: 4) {
          ThreadPool.run(parts: 100) { _ in usleep(200) }
          #expect(count()! >= before + 3)
        }
      }
      #expect(eventually { count()! <= before })
    }
  }

  @Test func `the number of threads of a rank does not change its results`() {
    func result(_ threads: Int) -> [Tensor] {
      withRank(0, of: 1, threads: threads) {
        let x = Tensor.normal([300, 257]).requiringGradients()
        let y = softmax(x.matmul(x.transposed())).square().sum()
        y.backward()
        return [y.detached(), x.grad!]
      }
    }
    for threads in [2, 3, 7] {
      for (a, b) in zip(result(1), result(threads)) { expectIdentical(a, b) }
    }
  }
}
