#if MPI
  import CMPI
  import FledgeCore
  import Foundation
  import Synchronization

  /// Messages between processes under MPI.
  ///
  /// Ahead of each message goes a header (``MPIHeader``). Headers are taken as they come, whoever waits,
  /// and wait in a mailbox until somebody asks for their address; so collectives of two threads, and of
  /// several groups, do not get in each other's way. Small contents travel in the header; large ones are
  /// sent when the receiver has asked, straight from the sender's memory into the receiver's.
  final class MPITransport: Transport {
    /// The largest contents, in bytes, that travel in the header.
    static let shortLimit = 4096
    /// MPI counts bytes in 32 bits: larger contents are sent in pieces.
    private static let pieceLimit = 1 << 30

    let process: MPIProcess
    private let deadline: Double
    /// The tag of this launch's headers.
    private let tag: Int32
    private let mail: Mutex<Mail>
    private let contents = Atomic<Int>(0)

    struct Mail {
      var headers: [Address: [MPIHeader.Received]] = [:]
      /// The ranks whose part is over: nil without error, else why.
      var ends: [Int: String?] = [:]
      var firstFailure: Int?
    }

    struct Address: Hashable {
      let source: Int
      let group: Int32
      let sequence: Int32
    }

    init(_ process: MPIProcess, deadline: Double) {
      (self.process, self.deadline) = (process, deadline)
      tag = Int32(truncatingIfNeeded: process.nextLaunch() % Int(process.world.largest_tag))
      mail = Mutex(Mail())
    }

    var rank: Int { Int(process.world.rank) }
    var rankCount: Int { Int(process.world.size) }

    // MARK: Sending

    func send(
      _ bytes: UnsafeRawBufferPointer, _ envelope: Envelope, to peer: Int, of group: String
    ) throws -> any Sending {
      let wait = RankWait(
        rank: rank, peer: peer, call: envelope.call, sequence: Int(envelope.sequence),
        group: group)
      if bytes.count <= Self.shortLimit {
        let header = MPIHeader(.short, envelope, byteCount: bytes.count, detail: 0)
        return MPISending(self, wait, header: post(header, followedBy: bytes, to: peer))
      }
      // A number that no contents under way have: each rank counts its own.
      let number = contents.wrappingAdd(1, ordering: .relaxed).oldValue
      let contentTag = number % Int(process.world.largest_tag)
      let header = MPIHeader(.long, envelope, byteCount: bytes.count, detail: contentTag)
      let sending = MPISending(self, wait, header: post(header, to: peer))
      sending.contents = pieces(of: bytes.count).map { piece in
        process.inside {
          var request = MPI_Request(bitPattern: 0)
          fledge_mpi_send(
            process.world.contents, bytes.baseAddress! + piece.lowerBound, Int32(piece.count),
            Int32(peer), Int32(contentTag), &request)
          return request
        }
      }
      return sending
    }

    /// Sends a header and what fits into it.
    private func post(
      _ header: MPIHeader, followedBy bytes: UnsafeRawBufferPointer? = nil, to peer: Int
    ) -> MPISending.Post {
      let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: MPIHeader.size + (bytes?.count ?? 0), alignment: 16)
      header.write(to: memory)
      if let bytes, bytes.count > 0 {
        (memory.baseAddress! + MPIHeader.size).copyMemory(
          from: bytes.baseAddress!, byteCount: bytes.count)
      }
      return process.inside {
        var request = MPI_Request(bitPattern: 0)
        fledge_mpi_send(
          process.world.headers, memory.baseAddress, Int32(memory.count), Int32(peer), tag,
          &request)
        return MPISending.Post(memory: memory, request: request)
      }
    }

    private func pieces(of count: Int) -> [Range<Int>] {
      stride(from: 0, to: count, by: Self.pieceLimit).map {
        $0..<min($0 + Self.pieceLimit, count)
      }
    }

    // MARK: Receiving

    func receive(
      _ envelope: Envelope, from peer: Int, of group: String,
      _ body: (UnsafeRawBufferPointer) -> Void
    ) throws {
      let received = try header(envelope, from: peer, of: group)
      if received.header.kind == .short { return received.contents.withUnsafeBytes(body) }
      let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: received.header.byteCount, alignment: 64)
      defer { memory.deallocate() }
      try fetch(received, into: memory, envelope, from: peer, of: group)
      body(UnsafeRawBufferPointer(memory))
    }

    func receive(
      into memory: UnsafeMutableRawBufferPointer, _ envelope: Envelope, from peer: Int,
      of group: String
    ) throws -> Int {
      let received = try header(envelope, from: peer, of: group)
      let count = received.header.byteCount
      if count != memory.count { return count }
      if received.header.kind == .short {
        received.contents.withUnsafeBytes { memory.copyMemory(from: $0) }
      } else {
        try fetch(received, into: memory, envelope, from: peer, of: group)
      }
      return count
    }

    func awaitAny(_ envelope: Envelope, from peers: [Int], of group: String) throws -> Int {
      let waits = peers.map {
        RankWait(
          rank: rank, peer: $0, call: envelope.call, sequence: Int(envelope.sequence), group: group)
      }
      let found = try process.wait(seconds: deadline) {
        collect()
        return try mail.withLock { mail -> Int? in
          for peer in peers {
            let address = Address(
              source: peer, group: envelope.group, sequence: envelope.sequence)
            if mail.headers[address] != nil { return peer }
          }
          for wait in waits {
            if let reason = mail.reason(wait) { throw reason }
          }
          return nil
        }
      }
      guard let found else {
        throw DistributedError.timedOut(waits[0], seconds: deadline, others: [])
      }
      return found
    }

    /// Waits for the header of the next message of an address.
    private func header(
      _ envelope: Envelope, from peer: Int, of group: String
    ) throws -> MPIHeader.Received {
      let address = Address(source: peer, group: envelope.group, sequence: envelope.sequence)
      let wait = RankWait(
        rank: rank, peer: peer, call: envelope.call, sequence: Int(envelope.sequence),
        group: group)
      let found = try process.wait(seconds: deadline) {
        collect()
        return try mail.withLock { mail -> MPIHeader.Received? in
          if let first = mail.headers[address]?.removeFirst() {
            if mail.headers[address]!.isEmpty { mail.headers[address] = nil }
            return first
          }
          if let reason = mail.reason(wait) { throw reason }
          return nil
        }
      }
      guard let found else {
        throw DistributedError.timedOut(wait, seconds: deadline, others: [])
      }
      guard found.header.envelope.call == envelope.call else {
        throw DistributedError.mismatch(wait, other: found.header.envelope.call)
      }
      return found
    }

    /// Receives long contents.
    private func fetch(
      _ received: MPIHeader.Received, into memory: UnsafeMutableRawBufferPointer,
      _ envelope: Envelope, from peer: Int, of group: String
    ) throws {
      for piece in pieces(of: memory.count) {
        var request = process.inside {
          var request = MPI_Request(bitPattern: 0)
          fledge_mpi_receive(
            process.world.contents, memory.baseAddress! + piece.lowerBound, Int32(piece.count),
            Int32(peer), Int32(received.header.detail), &request)
          return request
        }
        // The sender has announced it, so it comes, unless its process dies; then MPI ends all.
        _ = process.wait(seconds: .infinity) { fledge_mpi_test(&request) == 0 ? nil : () }
      }
    }

    /// Takes the headers that have come. The caller is inside MPI.
    func collect() {
      var (source, count, message) = (Int32(0), Int32(0), MPI_Message(bitPattern: 0))
      while fledge_mpi_next(process.world.headers, tag, &source, &count, &message) != 0 {
        let memory = UnsafeMutableRawBufferPointer.allocate(
          byteCount: Int(count), alignment: 16)
        defer { memory.deallocate() }
        fledge_mpi_take(memory.baseAddress, count, &message)
        let header = MPIHeader(UnsafeRawBufferPointer(memory))
        let contents = Array(memory[MPIHeader.size...])
        mail.withLock { $0.put(header, contents, from: Int(source)) }
      }
    }

    // MARK: The end

    /// Why the one that is waited for will not come; nil if it may. The caller is inside MPI.
    func reason(_ wait: RankWait) -> DistributedError? {
      collect()
      return mail.withLock { $0.reason(wait) }
    }

    func end(_ failure: String?) {
      let first = mail.withLock { $0.firstFailure } ?? rank
      let bytes = Array((failure ?? "").utf8.prefix(Self.shortLimit))
      let header = MPIHeader(
        failure == nil ? .ended : .failed, byteCount: bytes.count, detail: first)
      let posts = (0..<rankCount).filter { $0 != rank }.map { peer in
        bytes.withUnsafeBytes { post(header, followedBy: $0, to: peer) }
      }
      for var post in posts {
        _ = process.wait(seconds: 1) { post.isDone() ? () : nil }
      }
      if failure != nil { process.fail() }
    }

    /// Waits until all ranks are at their end, however long: one may still write what all have
    /// computed, and nobody needs anything from the others.
    ///
    /// - Returns: the first that has failed, and why; nil if none has.
    func awaitOthers() -> (rank: Int, reason: String)? {
      let others = (0..<rankCount).filter { $0 != rank }
      _ = process.wait(seconds: .infinity) {
        collect()
        return mail.withLock { mail in
          mail.firstFailure != nil || others.allSatisfy { mail.ends.keys.contains($0) } ? () : nil
        }
      }
      return mail.withLock { mail in
        mail.firstFailure.map { ($0, (mail.ends[$0] ?? nil) ?? "") }
      }
    }
  }

  extension MPIHeader {
    /// A header that has come, with its contents where they came with it.
    struct Received {
      let header: MPIHeader
      let contents: [UInt8]
    }
  }

  extension MPITransport.Mail {
    mutating func put(_ header: MPIHeader, _ contents: [UInt8], from source: Int) {
      switch header.kind {
      case .short, .long:
        let address = MPITransport.Address(
          source: source, group: header.envelope.group, sequence: header.envelope.sequence)
        headers[address, default: []].append(.init(header: header, contents: contents))
      case .ended: ends[source] = .some(nil)
      case .failed:
        ends[source] = String(decoding: contents, as: UTF8.self)
        // The one that others name has said why itself, or will.
        if firstFailure == nil || header.detail == source { firstFailure = source }
      }
    }

    func reason(_ wait: RankWait) -> DistributedError? {
      guard let end = ends[wait.peer] else { return nil }
      guard end != nil, let first = firstFailure, let reason = ends[first] else {
        return .peerEnded(wait)
      }
      return .peerFailed(wait, rank: first, reason: reason ?? "")
    }
  }

  /// A message on its way to another process.
  final class MPISending: Sending {
    /// A header that is being sent, with its memory.
    struct Post {
      let memory: UnsafeMutableRawBufferPointer
      var request: MPI_Request?

      /// Whether it has left; its memory is freed then. The caller is inside MPI.
      mutating func isDone() -> Bool {
        if fledge_mpi_test(&request) == 0 { return false }
        memory.deallocate()
        return true
      }
    }

    private let transport: MPITransport
    private let place: RankWait
    private var header: Post?
    var contents: [MPI_Request?] = []
    /// When it was first seen that the peer has ended.
    private var noticed: Date?

    init(_ transport: MPITransport, _ wait: RankWait, header: Post) {
      (self.transport, self.place, self.header) = (transport, wait, header)
    }

    func wait() throws {
      // A short message leaves without the receiver, who is asked for nothing.
      _ = try transport.process.wait(seconds: .infinity) { try isDone() ? () : nil }
    }

    /// Whether all of it has left. The caller is inside MPI.
    private func isDone() throws -> Bool {
      if header?.isDone() == true { header = nil }
      contents = contents.filter { request in
        var request = request
        return fledge_mpi_test(&request) == 0
      }
      if header == nil && contents.isEmpty { return true }
      // A peer that has received everything and then ended is no reason: the notice that it has
      // received may be on its way.
      if let reason = transport.reason(place) {
        let since = noticed ?? Date()
        noticed = since
        if -since.timeIntervalSinceNow > 0.5 { throw reason }
      }
      return false
    }

    /// MPI cannot take a message back, so a peer may read memory that is used for something else by
    /// then. It does so in a call that has failed here, and after a failure all processes end.
    func cancel() {}
  }
#endif
