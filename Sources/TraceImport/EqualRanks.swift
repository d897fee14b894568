import Containers
import Diagnostics

/// Finds ranks that recorded the same. Without attention data parallelism, and without an all-to-all backend (the
/// default), every rank of SGLang sees, and records, all tokens.
struct EqualRanks {
  /// Of each rank, the same for ranks that recorded the same, whatever the order.
  private var digests: [Int: Int] = [:]
  /// Ranks that recorded anything but idle passes.
  private var busy: Set<Int> = []

  mutating func add(_ record: RecordedPass, of file: TorchFile) throws(InputError) {
    var hasher = Hasher()
    hasher.combine(record.number)
    hasher.combine(record.gatherer)
    for key in ["topk_ids_of_layer", "global_physical_count"] {
      guard let value = file.member(key, of: record.members) else { continue }
      let (shape, values) = try file.integers(value, named: key)
      hasher.combine(shape)
      hasher.combine(values)
      if values.contains(where: { $0 > 0 }) { busy.insert(record.rank) }
    }
    for key in ["input_ids", "positions"] {
      guard let value = file.member(key, of: record.members), let ids = try? file.integerList(value, named: key) else {
        continue
      }
      hasher.combine(ids)
    }
    digests[record.rank, default: 0] &+= hasher.finalize()
  }

  /// Adds all that a rank recorded.
  mutating func add(rank: Int, content: [[[UInt16]]]) {
    var hasher = Hasher()
    hasher.combine(content)
    digests[rank, default: 0] &+= hasher.finalize()
    if content.contains(where: { $0.contains { !$0.isEmpty } }) { busy.insert(rank) }
  }

  private var areEqual: Bool { Set(digests.values).count == 1 }

  /// - Throws: `InputError` (data) that names a missing rank, where ranks hold tokens of their own.
  func check(_ options: ImportOptions, path: String) throws(InputError) {
    guard options.ranks != nil || digests.count > 1 && !areEqual else { return }
    try RankSet.check(digests.keys.sorted().map { ($0, path + " and others") }, wanted: options.ranks)
  }

  /// Ranks that count once together.
  ///
  /// - Throws: `InputError` (usage): equal ranks that are no groups of one size, or a size that does not fit.
  func groups(_ options: ImportOptions) throws(InputError) -> RankGroups {
    let ranks = digests.keys.sorted()
    if let size = options.tensorParallel {
      guard size >= 1, ranks.count % size == 0 else {
        throw InputError(
          "\(size) does not divide \(counted(ranks.count, "rank"))", in: "--tensor-parallel", status: .usage)
      }
      for (index, rank) in ranks.enumerated() where digests[rank] != digests[ranks[index / size * size]] {
        throw InputError(
          "ranks \(ranks[index / size * size]) and \(rank) recorded different tokens", in: "--tensor-parallel",
          status: .usage)
      }
      return RankGroups(ranks, size: size)
    }
    let active = ranks.filter(busy.contains)
    guard let first = active.first, let size = runLength(of: active), size > 1 else { return RankGroups() }
    let isEven =
      active.count % size == 0
      && active.indices.allSatisfy { index in
        digests[active[index]] == digests[active[index / size * size]]
      }
    let starts = stride(from: 0, to: active.count, by: size).map { digests[active[$0]] }
    guard isEven, Set(starts).count == starts.count else {
      throw InputError(
        "ranks \(first) and \(active[1]) recorded the same tokens, others did not: give --tensor-parallel, "
          + "or 1 to count both", status: .usage)
    }
    return RankGroups(active, size: size)
  }

  /// How many ranks at the beginning are equal; nil if there is none.
  private func runLength(of ranks: [Int]) -> Int? {
    guard let first = ranks.first else { return nil }
    return ranks.prefix { digests[$0] == digests[first] }.count
  }
}

/// Ranks of which one stands for all of its group.
struct RankGroups {
  /// By the rank that is kept.
  private(set) var members: [Int: [Int]] = [:]
  private var dropped: Set<Int> = []

  /// Every rank alone.
  init() {}

  init(_ ranks: [Int], size: Int) {
    for start in stride(from: 0, to: ranks.count, by: size) where size > 1 {
      members[ranks[start]] = Array(ranks[start..<start + size])
      dropped.formUnion(ranks[start + 1..<start + size])
    }
  }

  func isKept(rank: Int) -> Bool { !dropped.contains(rank) }

  /// Whether all ranks hold all tokens, so that none is the source of any.
  var isOne: Bool { members.count == 1 }

  var notes: [String] {
    guard let size = members.first?.value.count else { return [] }
    return isOne
      ? ["all \(size) ranks recorded the same tokens: counted once"]
      : ["\(members.count) groups of \(size) ranks recorded the same tokens: counted once"]
  }
}
