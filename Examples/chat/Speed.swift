import ArgumentParser
import Fledge
import FledgeInference
import Foundation

struct Speed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure tokens a second, beside what limits them.",
    discussion: """
      Reading (prefill) is limited by multiplications, writing (decode) by how fast the weights come \
      from memory: each token reads them all. Both limits are measured here, on this machine and with \
      as many threads (FLEDGE_THREADS): a copy of 256 MB, and a product whose weights fit a cache.
      """)
  @OptionGroup var model: ModelOptions
  @Option(help: "Tokens of the prompt.") var prompt = 512
  @Option(help: "Tokens that are written.") var length = 64
  @Option(help: "Runs; the fastest counts.") var runs = 3
  @Flag(help: "Write one JSON object.") var json = false

  func validate() throws {
    if prompt < 1 || length < 2 || runs < 1 {
      throw ValidationError("--prompt and --runs must be at least 1, --length at least 2.")
    }
  }

  func run() throws {
    let loaded = try model.load()
    let generator = Generator(seed: 1)
    let tokens = (0..<prompt).map { _ in generator.integer(below: loaded.model.vocabulary) }
    let session = GenerationSession(
      loaded.model, tokenizer: loaded.tokenizer, capacity: prompt + length)
    let clock = ContinuousClock()
    var (reading, writing) = (Double.infinity, Double.infinity)
    for _ in 0..<runs {
      session.reset()
      // One token only: the time of reading. The rest continues from the cache.
      let start = clock.now
      let first = session.generate(tokens, GenerationOptions(maximum: 1)).tokens
      let middle = clock.now
      _ = session.generate(tokens + first, GenerationOptions(maximum: length - 1))
      let end = clock.now
      reading = min(reading, (middle - start) / .seconds(1))
      writing = min(writing, (end - middle) / .seconds(1))
    }
    let costs = loaded.model.tokenCosts
    let limits = Limits()
    let report: [(String, Double, Double)] = [
      ("prefill", Double(prompt) / reading, limits.multiplyAdds / Double(costs.multiplyAdds)),
      ("decode", Double(length - 1) / writing, limits.bytes / Double(costs.bytes)),
    ]
    if json {
      return try printJSON(
        Dictionary(
          uniqueKeysWithValues: report.flatMap {
            [("\($0.0)_tokens_per_second", $0.1), ("\($0.0)_limit", $0.2)]
          } + [
            ("copy_bytes_per_second", limits.bytes),
            ("multiply_adds_per_second", limits.multiplyAdds),
            ("weight_bytes", Double(costs.bytes)), ("threads", Double(ThreadPool.threadCount)),
          ]))
    }
    print(
      String(
        format: "%d threads; a token reads %.1f MB of weights and takes %.1f million "
          + "multiply-adds; the machine copies %.1f GB/s and multiplies %.0f billion/s",
        ThreadPool.threadCount, Double(costs.bytes) / 1e6, Double(costs.multiplyAdds) / 1e6,
        limits.bytes / 1e9, limits.multiplyAdds / 1e9))
    for (name, rate, limit) in report {
      print(
        name
          + String(
            format: ": %.1f tokens/s, %.0f%% of the limit of %.1f", rate, 100 * rate / limit, limit)
      )
    }
  }
}

/// What this machine can do.
private struct Limits {
  /// Bytes a second that all threads read from memory: a copy of 256 MB, which reads and writes, counts
  /// twice.
  let bytes: Double
  /// Multiply-adds a second of the product of 8-bit numbers with weights of 4 bits that fit a cache.
  let multiplyAdds: Double

  init() {
    let source = Tensor.ones([64, 1 << 20])
    var best = Double.infinity
    let clock = ContinuousClock()
    for _ in 0..<5 {
      let time = clock.measure { _ = source + 0 } / .seconds(1)
      best = min(best, time)
    }
    bytes = 2 * Double(source.byteCount) / best
    let weight = BlockMatrix(quantizing: .ones([64, 1024]), to: .q4_1)
    let layer = BlockLinear([weight, weight])
    let x = Tensor.ones([128, 1024])
    best = .infinity
    for _ in 0..<50 {
      best = min(best, clock.measure { _ = layer(x) } / .seconds(1))
    }
    multiplyAdds = Double(x.count) * 128 / best
  }
}
