import FledgeCore
import FledgeNN

/// The memory of many caches: pages of so many positions each, for all layers of a model (Kwon et al. 2023).
///
/// A page belongs to one text, or is shared by texts that begin with the same tokens: full pages are found
/// again by what they hold and what is before them. A shared page is full and never written; where a text
/// becomes two, the page that is not full is copied. A page that nobody uses keeps its contents until it is
/// needed for others, the one that was given back first before the others.
final class PagePool {
  /// Positions of a page.
  let pageSize: Int
  /// How many pages there are.
  let pageCount: Int
  /// Pages that nobody uses, the one to take first at the front.
  private(set) var free: [Int]
  private var users: [Int]
  /// What each full page holds.
  private var contents: [Int: Contents] = [:]
  private var pages: [Contents: Int] = [:]
  /// Each filling of a page has a number of its own, so that a chain of pages is known by its last one.
  private var fillings: [Int]
  private var lastFilling = 0
  /// [pages, K, pageSize, D] for each layer; nil before its first positions.
  private var keys: [Tensor?]
  private var values: [Tensor?]

  /// The tokens of a page behind a chain of others.
  private struct Contents: Hashable {
    var previous: Int
    var tokens: [Int]
  }

  init(layers: Int, pageCount: Int, pageSize: Int) {
    require(
      pageCount > 0 && pageSize > 0, "PagePool",
      "sizes must be positive, got \(pageCount) pages of \(pageSize) positions")
    self.pageSize = pageSize
    self.pageCount = pageCount
    free = Array(0..<pageCount)
    users = Array(repeating: 0, count: pageCount)
    fillings = Array(repeating: 0, count: pageCount)
    keys = Array(repeating: nil, count: layers)
    values = Array(repeating: nil, count: layers)
  }

  // MARK: Owners

  /// A page of one's own, all zeros; nil if all are in use. What another text left there would be masked, but
  /// 0 · NaN is NaN.
  func take() -> Int? {
    guard !free.isEmpty else { return nil }
    let page = free.removeFirst()
    if let old = contents.removeValue(forKey: page) { pages[old] = nil }
    users[page] = 1
    for layer in keys.indices where keys[layer] != nil {
      keys[layer]![page] = Tensor.zeros([], dtype: keys[layer]!.dtype)
      values[layer]![page] = Tensor.zeros([], dtype: values[layer]!.dtype)
    }
    return page
  }

  /// Gives pages back that one user holds.
  func release(_ list: [Int]) {
    // The last first: the beginning of a text is the most likely to be asked for again.
    for page in list.reversed() {
      users[page] -= 1
      if users[page] == 0 { free.append(page) }
    }
  }

  /// Pages for a second text that begins with the first `length` positions of these, held by one user. The
  /// full ones are shared, one that is not is copied.
  func fork(_ list: [Int], length: Int) -> [Int] {
    let full = list.prefix(length / pageSize)
    for page in full { users[page] += 1 }
    if length % pageSize == 0 { return Array(full) }
    let new = take()
    require(new != nil, "PagePool", "no page is free for a copy")
    let old = list[full.count]
    for layer in keys.indices where keys[layer] != nil {
      keys[layer]![new!] = keys[layer]![old]
      values[layer]![new!] = values[layer]![old]
    }
    return full + [new!]
  }

  /// The full pages that hold the beginning of `tokens`, held for one more user.
  func share(_ tokens: [Int]) -> [Int] {
    var found: [Int] = []
    var previous = 0
    for start in stride(from: 0, through: tokens.count - pageSize, by: pageSize) {
      let wanted = Contents(
        previous: previous, tokens: Array(tokens[start..<start + pageSize]))
      guard let page = pages[wanted] else { break }
      if users[page] == 0 { free.removeAll { $0 == page } }
      users[page] += 1
      previous = fillings[page]
      found.append(page)
    }
    return found
  }

  /// Notes what a page holds that is full now. If another page holds the same, that one stays the one to
  /// be found.
  func fill(_ page: Int, with tokens: [Int], after previous: Int?) {
    guard contents[page] == nil else { return }
    lastFilling += 1
    fillings[page] = lastFilling
    let new = Contents(previous: previous.map { fillings[$0] } ?? 0, tokens: tokens)
    if let other = pages[new] {
      // The chain goes on from either.
      fillings[page] = fillings[other]
    } else {
      pages[new] = page
      contents[page] = new
    }
  }

  // MARK: Elements

  /// Writes the positions from `starts` on of each row and returns all of them, up to the longest row.
  /// Shape: new [B, K, T, D], tables of pages → [B, K, S, D]
  func append(
    _ new: (keys: Tensor, values: Tensor), layer: Int, tables: [[Int]], starts: [Int]
  ) -> (keys: Tensor, values: Tensor) {
    write(new.keys, &keys[layer], tables, starts)
    write(new.values, &values[layer], tables, starts)
    let longest = (starts.max() ?? 0) + new.keys.shape[2]
    return (gathered(keys[layer]!, tables, longest), gathered(values[layer]!, tables, longest))
  }

  private func write(_ new: Tensor, _ all: inout Tensor?, _ tables: [[Int]], _ starts: [Int]) {
    let (heads, count, depth) = (new.shape[1], new.shape[2], new.shape[3])
    if all == nil { all = .zeros([pageCount, heads, pageSize, depth], dtype: new.dtype) }
    for (row, start) in starts.enumerated() {
      var done = 0
      while done < count {
        let (page, slot) = ((start + done) / pageSize, (start + done) % pageSize)
        let part = min(count - done, pageSize - slot)
        all![tables[row][page], .all, slot..<slot + part] = new[row, .all, done..<done + part]
        done += part
      }
    }
  }

  /// Rows that are shorter end with their own first page, again and again: with nothing of others.
  private func gathered(_ all: Tensor, _ tables: [[Int]], _ longest: Int) -> Tensor {
    let width = (longest + pageSize - 1) / pageSize
    let indices = tables.flatMap { table in
      (0..<width).map { table[$0 < table.count ? $0 : 0] }
    }
    let pages = all.rows(at: Tensor(indices, shape: [tables.count, width]))
      .permuted([0, 2, 1, 3, 4])
    return pages.reshaped([tables.count, all.shape[1], width * pageSize, all.shape[3]])
      .sliced(axis: 2, from: 0, count: longest)
  }
}

/// One layer's view of the pages of a batch, for one forward pass.
final class PagedCache: AttentionCache {
  private(set) var lengths: [Int]
  private let pool: PagePool
  private let layer: Int
  private let tables: [[Int]]

  /// - Parameters:
  ///   - tables: The pages of each row, also those of the positions to come.
  ///   - lengths: How many positions of each row are there.
  init(_ pool: PagePool, layer: Int, tables: [[Int]], lengths: [Int]) {
    (self.pool, self.layer, self.tables, self.lengths) = (pool, layer, tables, lengths)
  }

  func hasRoom(for count: Int) -> Bool {
    zip(tables, lengths).allSatisfy { $0.count * pool.pageSize >= $1 + count }
  }

  func append(keys: Tensor, values: Tensor) -> (keys: Tensor, values: Tensor) {
    require(hasRoom(for: keys.shape[2]), "PagedCache", "the rows have no pages for what comes")
    defer { lengths = lengths.map { $0 + keys.shape[2] } }
    return pool.append((keys, values), layer: layer, tables: tables, starts: lengths)
  }

  func truncate(to lengths: [Int]) {
    fledgeTrap("PagedCache", "is for one forward pass and cannot be cut")
  }
}
