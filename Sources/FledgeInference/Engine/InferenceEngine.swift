import FledgeCore
import FledgeNN

/// Continues many texts at once with one model: continuous batching over a paged cache (Yu et al. 2022; Kwon
/// et al. 2023).
///
///     let engine = InferenceEngine(model, .init(pageCount: 256))
///     let first = engine.submit(prompt, options)
///     while !engine.isIdle { for event in engine.step() { … } }
///
/// Each step reads a part of one new prompt, so that a long one does not hold up the others, and one
/// token of every text that is being written. Where pages run out, the text of the lowest priority (the
/// youngest of several) gives back its pages and is read again later. What a request gets does not depend
/// on the others: its tokens are those of ``GenerationSession``, but for logits that are equal to the last
/// bits.
public final class InferenceEngine {
  /// The sizes of an engine.
  public struct Limits: Sendable {
    /// Pages of the cache.
    public var pageCount: Int
    /// Positions of a page.
    public var pageSize: Int
    /// The most texts that are written at the same time.
    public var batch: Int
    /// The most tokens of a prompt that a step reads.
    public var chunk: Int

    /// By default pages of 16, 8 texts at a time and parts of 64 tokens.
    public init(pageCount: Int, pageSize: Int = 16, batch: Int = 8, chunk: Int = 64) {
      self.pageCount = pageCount
      self.pageSize = pageSize
      self.batch = batch
      self.chunk = chunk
    }
  }

  /// What happened in a step.
  public enum Event: Sendable, Equatable {
    /// A request has one more token.
    case token(request: Int, token: Int)
    /// A request has ended.
    case finished(request: Int, FinishReason)
  }

  private let model: any LanguageModel
  private let limits: Limits
  private let pool: PagePool
  /// Best first: the highest priority, then the oldest.
  private var waiting: [Request] = []
  private var running: [Request] = []
  private var lastNumber = 0

  /// Puts the model into evaluation mode. Traps on sizes that are not positive.
  public init(_ model: any LanguageModel, _ limits: Limits) {
    require(
      limits.batch > 0 && limits.chunk > 0, "InferenceEngine",
      "sizes must be positive, got a batch of \(limits.batch) and parts of \(limits.chunk)")
    self.model = model
    model.eval()
    self.limits = limits
    pool = PagePool(
      layers: model.layers, pageCount: limits.pageCount, pageSize: limits.pageSize)
  }

  /// Pages that no text uses.
  public var freePages: Int { pool.free.count }
  /// Whether all requests have ended.
  public var isIdle: Bool { waiting.isEmpty && running.isEmpty }
  /// Tokens of prompts that were found in pages of other texts.
  public private(set) var sharedTokens = 0
  /// How often a text had to give back its pages.
  public private(set) var preemptions = 0

  /// Asks for a continuation of `prompt`, at least one token. Stop texts are the caller's to find, and
  /// log-probabilities are not kept.
  /// - Returns: The number of the request.
  public func submit(_ prompt: [Int], _ options: GenerationOptions, priority: Int = 0) -> Int {
    require(!prompt.isEmpty, "InferenceEngine", "needs a prompt of at least one token")
    lastNumber += 1
    enqueue(Request(lastNumber, prompt, options, priority: priority))
    return lastNumber
  }

  /// Ends a request that is no longer wanted; one that has ended already stays as it is.
  public func cancel(_ number: Int) {
    waiting.removeAll { $0.number == number }
    if let place = running.firstIndex(where: { $0.number == number }) {
      pool.release(running.remove(at: place).pages)
    }
  }

  /// One step: a part of a prompt, and a token of each text that has been read.
  public func step() -> [Event] {
    var events: [Event] = []
    admit(&events)
    withoutGradients {
      let unread = running.filter { $0.unread > 1 }
      if let request = unread.min(by: { $0.isBefore($1) }),
        hasPages(for: request, count: min(request.unread, limits.chunk), &events)
      {
        forward([request], count: min(request.unread, limits.chunk), &events)
      }
      // Pages for all before any is read: who gives its pages back is not in the batch.
      for request in running
      where request.unread == 1 && running.contains(where: { $0 === request }) {
        _ = hasPages(for: request, count: 1, &events)
      }
      let batch = running.filter { $0.unread == 1 && hasRoom($0, 1) }
      if !batch.isEmpty { forward(batch, count: 1, &events) }
    }
    return events
  }
}

// MARK: Scheduling

extension InferenceEngine {
  private func enqueue(_ request: Request) {
    let place = waiting.firstIndex { request.isBefore($0) } ?? waiting.endIndex
    waiting.insert(request, at: place)
  }

  private func admit(_ events: inout [Event]) {
    while running.count < limits.batch, let next = waiting.first, !pool.free.isEmpty {
      waiting.removeFirst()
      guard next.tokens.count <= model.context else {
        finish(next, .contextFull, &events)
        continue
      }
      // The last token is read in any case, for its logits.
      next.pages = pool.share(Array(next.tokens.dropLast()))
      next.length = next.pages.count * limits.pageSize
      sharedTokens += next.length
      running.append(next)
    }
  }

  private func hasRoom(_ request: Request, _ count: Int) -> Bool {
    request.pages.count * limits.pageSize >= request.length + count
  }

  /// Gives a request pages for `count` positions more, if need be those of a request behind it; where
  /// there is none, the request waits. One that alone is too large for the cache ends.
  private func hasPages(
    for request: Request, count: Int, _ events: inout [Event]
  ) -> Bool {
    while !hasRoom(request, count) {
      if let page = pool.take() {
        request.pages.append(page)
      } else if running.count == 1 {
        finish(request, .contextFull, &events)
        return false
      } else {
        let last = running.max { $0.isBefore($1) }!
        preempt(last)
        if last === request { return false }
      }
    }
    return true
  }

  private func preempt(_ request: Request) {
    preemptions += 1
    running.removeAll { $0 === request }
    pool.release(request.pages)
    (request.pages, request.length) = ([], 0)
    enqueue(request)
  }

  private func finish(_ request: Request, _ reason: FinishReason, _ events: inout [Event]) {
    running.removeAll { $0 === request }
    pool.release(request.pages)
    request.pages = []
    events.append(.finished(request: request.number, reason))
  }
}

// MARK: The forward pass

extension InferenceEngine {
  /// Reads `count` tokens of each request, and draws a token for those that are read to their end.
  private func forward(_ batch: [Request], count: Int, _ events: inout [Event]) {
    let tokens = batch.flatMap { $0.tokens[$0.length..<$0.length + count] }
    let (tables, lengths) = (batch.map(\.pages), batch.map(\.length))
    let cache = (0..<model.layers).map {
      PagedCache(pool, layer: $0, tables: tables, lengths: lengths)
    }
    let hidden = model.hidden(
      Tensor(tokens, shape: [batch.count, count]), cache: cache, positions: nil)
    for request in batch { advance(request, count) }
    let isRead = batch.map { $0.unread == 0 }
    guard isRead.contains(true) else { return }
    let last = hidden.sliced(axis: 1, from: count - 1, count: 1)
    let logits = model.logits(last)
    for (row, request) in batch.enumerated() where isRead[row] {
      draw(request, logits[row].array(of: Float.self), &events)
    }
  }

  /// Notes what was read, and which pages are full now.
  private func advance(_ request: Request, _ count: Int) {
    let size = limits.pageSize
    let full = request.length / size
    request.length += count
    for page in full..<max(full, request.length / size) {
      pool.fill(
        request.pages[page], with: Array(request.tokens[page * size..<(page + 1) * size]),
        after: page > 0 ? request.pages[page - 1] : nil)
    }
  }

  private func draw(_ request: Request, _ logits: [Float], _ events: inout [Event]) {
    if request.written >= request.options.maximum {
      return finish(request, .length, &events)
    }
    guard LogitSampler.canDraw(logits) else {
      return finish(request, .invalidLogits, &events)
    }
    let token = request.sampler.draw(logits, after: request.tokens)
    if request.options.endTokens.contains(token) {
      return finish(request, .endOfText, &events)
    }
    request.tokens.append(token)
    events.append(.token(request: request.number, token: token))
    if request.written >= request.options.maximum {
      finish(request, .length, &events)
    } else if request.tokens.count > model.context {
      finish(request, .contextFull, &events)
    }
  }
}

/// A text that is being continued.
private final class Request {
  let number: Int
  let options: GenerationOptions
  let priority: Int
  let sampler: LogitSampler
  private let promptCount: Int
  var tokens: [Int]
  /// How many of the tokens are in the cache.
  var length = 0
  var pages: [Int] = []

  init(_ number: Int, _ prompt: [Int], _ options: GenerationOptions, priority: Int) {
    (self.number, self.options, self.priority) = (number, options, priority)
    sampler = LogitSampler(options.sampling, seed: options.seed)
    promptCount = prompt.count
    tokens = prompt
  }

  var unread: Int { tokens.count - length }
  var written: Int { tokens.count - promptCount }

  func isBefore(_ other: Request) -> Bool {
    (-priority, number) < (-other.priority, other.number)
  }
}
