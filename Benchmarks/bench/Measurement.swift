import Fledge
import Foundation

/// A prepared workload that can be measured again and again.
struct Measurement {
  let workload: Workload
  let run: () -> Void
  /// Runs a sample: so many that the clock's own cost and resolution do not matter.
  private let runsPerSample: Int

  /// Prepares the workload and runs it until caches, pool and threads are warm.
  init(_ workload: Workload) {
    self.workload = workload
    run = workload.prepare()
    run()
    var single = Double.infinity
    let start = ContinuousClock.now
    repeat {
      single = min(single, Self.seconds(of: 1, run))
    } while (ContinuousClock.now - start).inSeconds < 0.2
    runsPerSample = max(1, Int(200e-6 / single))
  }

  /// Repeats the workload for the time given, at least three times.
  func take(seconds: Double) -> Result {
    var samples: [Double] = []
    let start = ContinuousClock.now
    while samples.count < 3 || (ContinuousClock.now - start).inSeconds < seconds {
      samples.append(Self.seconds(of: runsPerSample, run))
    }
    samples.sort()
    return Result(
      workload: workload, median: samples[samples.count / 2], minimum: samples[0],
      runs: samples.count * runsPerSample)
  }

  private static func seconds(of runs: Int, _ run: () -> Void) -> Double {
    let start = ContinuousClock.now
    for _ in 0..<runs { run() }
    return (ContinuousClock.now - start).inSeconds / Double(runs)
  }
}

/// What came out. Times in seconds.
struct Result {
  let workload: Workload
  let median: Double
  let minimum: Double
  let runs: Int
  /// The process's largest resident size so far.
  let peakBytes = Result.residentPeak()
  /// The most that tensors held at a time.
  let peakTensorBytes = MemoryStatistics.current.peakBytes

  static let heading =
    "workload".padded(to: 20) + "median ms".padded(toLeft: 12) + "min ms".padded(toLeft: 12)
    + "rate".padded(toLeft: 16) + "peak MB".padded(toLeft: 10)

  var row: String {
    workload.name.padded(to: 20)
      + String(format: "%12.4f%12.4f", median * 1e3, minimum * 1e3)
      + rate.padded(toLeft: 16)
      + String(format: "%10.1f", Double(peakBytes) / 1e6)
  }

  private var rate: String {
    switch workload.work {
    case .operations(let count): String(format: "%.1f GFLOP/s", count / median / 1e9)
    case .bytes(let count): String(format: "%.1f GB/s", count / median / 1e9)
    case .unknown: ""
    }
  }

  var json: String {
    var fields: [(String, String)] = [
      ("workload", "\"\(workload.name)\""),
      ("median_ms", String(format: "%.6f", median * 1e3)),
      ("min_ms", String(format: "%.6f", minimum * 1e3)),
      ("runs", "\(runs)"),
      ("threads", "\(ThreadPool.threadCount)"),
      ("peak_bytes", "\(peakBytes)"),
      ("peak_tensor_bytes", "\(peakTensorBytes)"),
    ]
    switch workload.work {
    case .operations(let count): fields.append(("flop", String(format: "%.0f", count)))
    case .bytes(let count): fields.append(("bytes", String(format: "%.0f", count)))
    case .unknown: break
    }
    return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
  }

  private static func residentPeak() -> Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(RUSAGE_SELF.rawValue, &usage)
      return usage.ru_maxrss * 1024  // kilobytes there, bytes elsewhere
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}

extension Duration {
  var inSeconds: Double { self / .seconds(1) }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  func padded(toLeft width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
