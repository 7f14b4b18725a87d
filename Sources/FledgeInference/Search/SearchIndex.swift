import FledgeCore
import FledgeIO
import Foundation

/// The passages of a directory's texts, found by meaning: a ``SentenceEncoder``'s vectors in an
/// ``HNSWIndex``, with the files that they come from.
///
/// It grows: ``update(directory:_:progress:)`` reads the files that are new or have changed and keeps the vectors of the
/// others.
public struct SearchIndex: Sendable {
  /// A part of a file.
  public struct Passage: Sendable, Hashable, Codable {
    /// The file, below the directory.
    public var file: String
    /// Its first line, from 1.
    public var line: Int
    /// The text.
    public var text: String
  }

  /// A passage that was found, and the cosine of its vector with that of the question.
  public struct Match: Sendable {
    /// The passage.
    public var passage: Passage
    /// The cosine.
    public var similarity: Float
  }

  /// What changed in an update.
  public struct Changes: Sendable, Equatable {
    /// Files that were read, because they were new or had changed.
    public var read = 0
    /// Passages whose vectors were computed.
    public var embedded = 0
    /// Files that are gone.
    public var removed = 0
    /// Files that are no UTF-8 text, or could not be read.
    public var skipped: [String] = []
  }

  /// All passages, in the order of their vectors.
  public private(set) var passages: [Passage] = []
  private var stamps: [String: Stamp] = [:]
  private var index: HNSWIndex

  /// What tells whether a file has changed.
  private struct Stamp: Hashable, Codable {
    var size: Int
    var modified: Double
  }

  /// What the file says beside the vectors.
  private struct Contents: Codable {
    var passages: [Passage]
    var stamps: [String: Stamp]
  }

  /// An empty index of vectors with so many elements.
  public init(dimensions: Int) { index = HNSWIndex(dimensions: dimensions) }

  /// The passages nearest in meaning to a question, the nearest first.
  /// - Parameter isExact: Compares the question with all passages.
  public func search(
    _ question: String, _ encoder: SentenceEncoder, count: Int = 10, isExact: Bool = false
  ) -> [Match] {
    let vector = encoder.embed([question])[0].array(of: Float.self)
    let found =
      isExact
      ? index.exactNearest(to: vector, count: count) : index.nearest(to: vector, count: count)
    return found.map { Match(passage: passages[$0.number], similarity: $0.similarity) }
  }

  // MARK: Growing

  /// Brings the index to the state of a directory: all `.txt` and `.md` files below it, but hidden ones.
  /// - Parameter progress: Called with the number of passages that have their vectors and of all new ones.
  /// - Throws: ``SearchIndexError``
  public mutating func update(
    directory: String, _ encoder: SentenceEncoder, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(SearchIndexError) -> Changes {
    let found = try Self.stamps(directory)
    var changes = Changes()
    let stale = Set(stamps.keys.filter { found[$0] != stamps[$0] })
    changes.removed = stamps.keys.filter { found[$0] == nil }.count
    var new: [Passage] = []
    for (file, stamp) in found.sorted(by: { $0.key < $1.key }) where stamps[file] != stamp {
      guard let data = FileManager.default.contents(atPath: "\(directory)/\(file)"),
        let text = String(validating: data, as: UTF8.self)
      else {
        changes.skipped.append(file)
        continue
      }
      changes.read += 1
      new += Self.passages(of: text, file: file)
    }
    if !stale.isEmpty {
      // A graph cannot lose vectors: those that stay make a new one.
      let kept = passages.indices.filter { !stale.contains(passages[$0].file) }
      var smaller = HNSWIndex(dimensions: index.dimensions)
      for i in kept {
        smaller.add(Array(index.vectors[i * index.dimensions..<(i + 1) * index.dimensions]))
      }
      (index, passages) = (smaller, kept.map { passages[$0] })
    }
    let size = 64
    for start in stride(from: 0, to: new.count, by: size) {
      let part = Array(new[start..<min(new.count, start + size)])
      let vectors = encoder.embed(part.map(\.text))
      for (row, passage) in part.enumerated() {
        index.add(vectors[row].array(of: Float.self))
        passages.append(passage)
      }
      changes.embedded += part.count
      progress(changes.embedded, new.count)
    }
    stamps = found.filter { !changes.skipped.contains($0.key) }
    return changes
  }

  private static func stamps(_ directory: String) throws(SearchIndexError) -> [String: Stamp] {
    guard FileKind(directory) == .directory,
      let walk = FileManager.default.enumerator(atPath: directory)
    else { throw SearchIndexError(path: directory, reason: "is no directory that can be read") }
    var result: [String: Stamp] = [:]
    for case let file as String in walk {
      let name = file.split(separator: "/").last ?? ""
      if name.hasPrefix(".") {
        walk.skipDescendants()
        continue
      }
      guard file.hasSuffix(".txt") || file.hasSuffix(".md"),
        let attributes = walk.fileAttributes,
        attributes[.type] as? FileAttributeType == .typeRegular
      else { continue }
      result[file] = Stamp(
        size: (attributes[.size] as? NSNumber)?.intValue ?? 0,
        modified: (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)
    }
    return result
  }

  /// Paragraphs, short ones together, up to about as many characters as a model reads.
  static func passages(of text: String, file: String, most: Int = 600) -> [Passage] {
    var (result, current): ([Passage], Passage?) = ([], nil)
    func end() {
      if let passage = current, passage.text.contains(where: { !$0.isWhitespace }) {
        result.append(passage)
      }
      current = nil
    }
    // By bytes: "\r\n" is one character to Swift.
    for (i, bytes) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    {
      let line = Substring(bytes.last == 0x0D ? bytes.dropLast() : bytes)
      let isBlank = line.allSatisfy(\.isWhitespace)
      let count = current?.text.count ?? 0
      if count + line.count > most || (isBlank && count > most / 3) { end() }
      if isBlank && current == nil { continue }
      if current == nil {
        current = Passage(file: file, line: i + 1, text: String(line))
      } else if !isBlank {
        current!.text += "\n" + line
      }
    }
    end()
    return result
  }

  // MARK: Files

  /// Reads an index.
  /// - Parameter dimensions: The elements of a vector that are expected.
  /// - Throws: ``SearchIndexError``
  public init(contentsOf path: String, dimensions: Int) throws(SearchIndexError) {
    let file: SafetensorsFile
    do throws(SafetensorsError) {
      file = try Safetensors.read(path)
    } catch {
      throw SearchIndexError(path: path, reason: "is no index: \(error)")
    }
    guard let vectors = file.tensors["vectors"], let graph = file.tensors["graph"],
      let contents = try? JSONDecoder().decode(
        Contents.self, from: Data((file.metadata["contents"] ?? "").utf8)),
      vectors.dtype == .float32, graph.dtype == .int32, graph.rank == 1,
      vectors.shape == [contents.passages.count, dimensions],
      let index = HNSWIndex(
        vectors: vectors.array(of: Float.self), graph: graph.array(of: Int32.self),
        dimensions: dimensions)
    else {
      throw SearchIndexError(
        path: path,
        reason: "is no index of vectors of \(dimensions) elements; delete it to begin a new one")
    }
    (self.index, passages, stamps) = (index, contents.passages, contents.stamps)
  }

  /// Writes the index: whoever reads it sees the old one or this one.
  /// - Throws: ``SearchIndexError``
  public func write(to path: String) throws(SearchIndexError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let contents = try encoder.encode(Contents(passages: passages, stamps: stamps))
      try Safetensors.write(
        [
          "vectors": Tensor(index.vectors, shape: [passages.count, index.dimensions]),
          "graph": Tensor(index.graph),
        ], metadata: ["contents": String(decoding: contents, as: UTF8.self)], to: path)
    } catch {
      throw SearchIndexError(path: path, reason: "cannot be written: \(error)")
    }
  }
}

/// Why a search index could not be made, read or written.
public struct SearchIndexError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file or directory.
  public var path: String
  /// What is wrong with it.
  public var reason: String

  public var description: String { "'\(path)' \(reason)" }
}

extension SearchIndexError: LocalizedError {
  public var errorDescription: String? { description }
}
