import FledgeDistributed

/// The error that `launch` throws; nil if it does not.
func failure(
  ranks: Int, deadline: Double = 120,
  transport: @escaping @Sendable (any Transport) -> any Transport = { $0 },
  _ body: @escaping @Sendable (Group) throws -> Void
) -> RankFailure? {
  do {
    _ = try launch(ranks: ranks, deadline: deadline, transport: transport, body)
    return nil
  } catch {
    return error as? RankFailure
  }
}

struct Broken: Error, CustomStringConvertible {
  let description: String
}
