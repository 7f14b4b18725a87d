import Synchronization

/// Notes from where in their streams generators draw while a checkpointed part runs, and lets the part
/// draw the same numbers again without touching the generators.
///
/// It is in force within an ``ExecutionContext``, and sees every generator that is used there: that of
/// the scope, that of the rank, and any that the code names. Draws of other threads in between, from
/// the same generator, do not disturb it.
final class DrawTape: Sendable {
  /// Draws of one generator that follow one another in its stream.
  struct Run: Sendable {
    let start: GeneratorState
    var draws = 1
  }

  /// What one generator has drawn. The tape holds the generator, so that none other gets its identity.
  private struct Track {
    let generator: Generator
    var runs: [Run] = []
    /// Where the last draw ended.
    var end: GeneratorState?
    /// In a replay: the numbers that come next, and how many draws of the run are left.
    var words: WordStream
    var left = 0
    var nextRun = 0
  }

  private let tracks: Mutex<[ObjectIdentifier: Track]>
  /// The tape that is in force around this one.
  private let outer: DrawTape?
  private let isPlayback: Bool

  /// Whether it, or one around it, replays draws.
  let isReplaying: Bool

  /// A tape that notes the draws, also those that a tape around it replays.
  init(within outer: DrawTape?) {
    self.outer = outer
    isPlayback = false
    isReplaying = outer?.isReplaying ?? false
    tracks = Mutex([:])
  }

  /// A tape that replays what `tape` has noted, from the beginning.
  init(replaying tape: DrawTape) {
    outer = nil
    isPlayback = true
    isReplaying = true
    let noted = tape.tracks.withLock { tracks in
      tracks.mapValues { track in
        let start = track.runs.first?.start ?? track.words.state
        return Track(
          generator: track.generator, runs: track.runs, words: WordStream(state: start))
      }
    }
    tracks = Mutex(noted)
  }

  /// Runs `body` with the generator's next words. After the last draw on the tape a replay goes on in
  /// the stream; generators that are not on it draw as ever.
  func draw<Result: Sendable>(
    from generator: Generator, _ body: (inout WordStream) -> Result
  ) -> Result {
    if isPlayback { return replay(generator, body) ?? generator.withOwnWords(body) }
    func noting(_ words: inout WordStream) -> Result {
      let start = words.state
      let result = body(&words)
      note(generator, from: start, to: words.state)
      return result
    }
    return outer.map { $0.draw(from: generator, noting) } ?? generator.withOwnWords(noting)
  }

  private func note(_ generator: Generator, from start: GeneratorState, to end: GeneratorState) {
    tracks.withLock { tracks in
      let id = ObjectIdentifier(generator)
      var track =
        tracks[id] ?? Track(generator: generator, words: WordStream(state: start))
      if track.end == start {
        track.runs[track.runs.count - 1].draws += 1
      } else {
        track.runs.append(Run(start: start))
      }
      track.end = end
      tracks[id] = track
    }
  }

  private func replay<Result: Sendable>(
    _ generator: Generator, _ body: (inout WordStream) -> Result
  ) -> Result? {
    tracks.withLock { tracks in
      let id = ObjectIdentifier(generator)
      guard var track = tracks[id] else { return nil }
      if track.left == 0 && track.nextRun < track.runs.count {
        let run = track.runs[track.nextRun]
        track.words = WordStream(state: run.start)
        track.left = run.draws
        track.nextRun += 1
      }
      track.left = max(track.left - 1, 0)
      let result = body(&track.words)
      tracks[id] = track
      return result
    }
  }

  /// Where the next draw of a replayed generator begins; nil where the generator itself says that.
  func state(of generator: Generator) -> GeneratorState? {
    guard isPlayback else { return outer?.state(of: generator) }
    return tracks.withLock { tracks in
      guard let track = tracks[ObjectIdentifier(generator)] else { return nil }
      let startsRun = track.left == 0 && track.nextRun < track.runs.count
      return startsRun ? track.runs[track.nextRun].start : track.words.state
    }
  }

  /// Whether the tape has the draws of a generator, which a replay must then leave alone.
  func replays(_ generator: Generator) -> Bool {
    guard isPlayback else { return outer?.replays(generator) ?? false }
    return tracks.withLock { $0[ObjectIdentifier(generator)] != nil }
  }
}
