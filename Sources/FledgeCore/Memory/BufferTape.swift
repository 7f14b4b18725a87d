import CKernels

/// The buffers that operations ask for, in their order: noted in one run, and in later ones given from
/// places in one arena.
///
/// An operation on the same shapes asks for the same buffers each time, some of them for its outputs. So
/// a program that is run again and again can be given a plan, which costs no allocation and lets buffers
/// that are never alive together share their bytes.
///
///     let notes = BufferTape()                            // one run, buffers from the pool
///     context.taping(notes).run { compute() }
///     notes.takeNotes()                                   // [(pointer, byteCount)]
///
///     let tape = BufferTape(arenaBytes: 1024, places)     // later runs
///     context.taping(tape).run { tape.begin(0..<2); compute() }
///
/// Whatever is asked for in another order, and scratch memory of threads, comes from the pool. Whoever
/// plays a tape must look where the outputs lie, and begins a run with ``renew()``.
package final class BufferTape: @unchecked Sendable {
  /// A place in the arena; without an offset the buffer is left to the pool.
  package struct Place: Sendable, Hashable {
    package let byteCount: Int
    package let offset: Int?

    package init(byteCount: Int, offset: Int?) {
      (self.byteCount, self.offset) = (byteCount, offset)
    }
  }

  /// A buffer that was asked for.
  package typealias Note = (pointer: UnsafeMutableRawPointer, byteCount: Int)

  /// Where the places are; nil while the tape notes. Every storage in it holds it.
  private(set) var arena: Storage?
  private let places: [Place]
  private var next = 0
  private var end = 0
  private var notes: [Note] = []
  /// The slot of the thread that made the tape; only that thread touches what changes.
  private let thread = fledge_thread_slot()

  /// A tape that notes.
  package init() { (arena, places) = (nil, []) }

  /// A tape that gives places in an arena of so many bytes.
  package init(arenaBytes: Int, _ places: [Place]) {
    (arena, self.places) = (Storage(byteCount: arenaBytes, tag: .activation), places)
    for place in places {
      require(
        place.offset.map { $0 >= 0 && $0 + place.byteCount <= arenaBytes } ?? true,
        "BufferTape", "\(place) does not lie within \(arenaBytes) bytes")
    }
  }

  /// Gets another arena if tensors still stand in this one: they keep it, and their elements.
  package func renew() {
    guard let byteCount = arena?.byteCount, !isKnownUniquelyReferenced(&arena) else { return }
    arena = Storage(byteCount: byteCount, tag: .activation)
  }

  /// The next buffers are those of `range`, in their order; after them nothing is planned.
  package func begin(_ range: Range<Int>) { (next, end) = (range.lowerBound, range.upperBound) }

  /// Where a buffer begins in the arena, in bytes; nil where it is elsewhere.
  package func offset(of pointer: UnsafeMutableRawPointer) -> Int? {
    guard let arena else { return nil }
    let offset = pointer - arena.pointer
    return offset >= 0 && offset < max(arena.byteCount, 1) ? offset : nil
  }

  /// The buffers that were asked for since the last call. One may be where another one was before.
  package func takeNotes() -> [Note] {
    defer { notes = [] }
    return notes
  }

  /// The place of the next buffer, if one is planned for so many bytes.
  func place(for byteCount: Int) -> UnsafeMutableRawPointer? {
    guard next < end, let arena, thread == fledge_thread_slot() else { return nil }
    guard places[next].byteCount == byteCount else {
      next = end
      return nil
    }
    defer { next += 1 }
    return places[next].offset.map { arena.pointer + $0 }
  }

  /// A buffer came from the pool.
  func note(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
    if arena == nil && thread == fledge_thread_slot() { notes.append((pointer, byteCount)) }
  }
}
