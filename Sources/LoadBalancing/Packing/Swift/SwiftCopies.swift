/// The first half of SwiftBalancer in one group of ranks: an expert's first slot is its home, and all others are free
/// for new copies.
struct SwiftCopies {
  let ranks: Int
  /// `[ranks][slots per rank]` experts; those of free slots are taken out until `place`.
  private(set) var held: [[Int?]]
  /// `[ranks]` estimated tokens.
  private(set) var rankLoads: [Float]
  /// `[experts]` estimated tokens of a slot.
  private(set) var weights: [Float]
  /// `[ranks]` experts that were not there before, and `[ranks][ranks]` whether a rank sends to another.
  private(set) var arrived: [Set<Int>]
  private(set) var isSending: [[Bool]]
  /// `[ranks]` places without an expert, and `[experts]` home ranks, nil for experts of another group.
  private var free: [[Int]]
  private var home: [Int?]
  /// `[ranks][slots per rank]` experts in force, which stay where their rank has all of its group.
  private let before: [[Int]]
  private let load: [Double]
  private let copyShare: SwiftPlanner.CopyShare

  /// - Parameters:
  ///   - current: `[slots]` experts in force of these ranks, rank by rank.
  ///   - load: `[experts]` tokens.
  init(_ current: [Int], slotsPerRank: Int, load: [Double], copyShare: SwiftPlanner.CopyShare) {
    let ranks = current.count / slotsPerRank
    held = Array(repeating: Array(repeating: nil, count: slotsPerRank), count: ranks)
    free = Array(repeating: [], count: ranks)
    home = Array(repeating: nil, count: load.count)
    for place in 0..<slotsPerRank {
      for rank in 0..<ranks {
        let expert = current[rank * slotsPerRank + place]
        if home[expert] == nil {
          home[expert] = rank
          held[rank][place] = expert
        } else {
          free[rank].append(place)
        }
      }
    }
    before = (0..<ranks).map { Array(current[$0 * slotsPerRank..<($0 + 1) * slotsPerRank]) }
    self.ranks = ranks
    self.load = load
    self.copyShare = copyShare
    weights = Array(repeating: 0, count: load.count)
    rankLoads = Array(repeating: 0, count: ranks)
    arrived = Array(repeating: [], count: ranks)
    isSending = Array(repeating: Array(repeating: false, count: ranks), count: ranks)
  }

  private var experts: [Int] { home.indices.filter { home[$0] != nil } }

  /// Fills the free slots.
  mutating func place() {
    let extras = chooseExtras()
    for rank in 0..<ranks { rankLoads[rank] = sum(of: rank) }
    let queue = experts.filter { extras[$0] > 0 }.sorted { (-weights[$0], $0) < (-weights[$1], $1) }
    for expert in queue {
      for _ in 0..<extras[expert] { placeCopy(of: expert) }
    }
    if free.contains(where: { !$0.isEmpty }) { fillWhatIsLeft() }
  }

  /// How many copies each expert gets beside its home; sets `weights`.
  private mutating func chooseExtras() -> [Int] {
    var extras = Array(repeating: 0, count: load.count)
    var estimates = load
    let experts = experts
    for _ in 0..<free.reduce(0, { $0 + $1.count }) {
      let open = experts.filter { extras[$0] + 1 < ranks }
      guard let hottest = open.max(by: { (estimates[$0], $0) < (estimates[$1], $1) }) else { break }
      let copies = extras[hottest] + 1
      switch copyShare {
      case .overestimated: estimates[hottest] = estimates[hottest] * Double(copies + 1) / Double(copies + 2)
      case .exact: estimates[hottest] = load[hottest] / Double(copies + 1)
      }
      extras[hottest] = copies
    }
    weights = estimates.map { Float($0) }
    return extras
  }

  private func sum(of rank: Int) -> Float {
    held[rank].reduce(into: 0) { sum, expert in sum += expert.map { weights[$0] } ?? 0 }
  }

  /// One copy on the least loaded rank that has room, lacks the expert and gets nothing from its home yet.
  private mutating func placeCopy(of expert: Int) {
    guard let sender = home[expert] else { return }
    let open = (0..<ranks).filter { !free[$0].isEmpty && !held[$0].contains(expert) && !isSending[sender][$0] }
    guard let rank = open.min(by: { (rankLoads[$0], $0) < (rankLoads[$1], $1) }) else { return }
    put(expert, on: rank, at: free[rank].removeLast(), from: sender)
    rankLoads[rank] += weights[expert]
  }

  private mutating func put(_ expert: Int, on rank: Int, at place: Int, from sender: Int) {
    held[rank][place] = expert
    isSending[sender][rank] = true
    arrived[rank].insert(expert)
  }

  /// Slots that no copy could take get the expert with the most load per slot that their rank lacks, whoever sends it.
  private mutating func fillWhatIsLeft() {
    var slots = Array(repeating: 0, count: load.count)
    for expert in held.joined() { if let expert { slots[expert] += 1 } }
    for expert in experts { weights[expert] = Float(load[expert] / Double(slots[expert])) }
    let experts = experts
    for rank in 0..<ranks {
      for place in free[rank] {
        let open = experts.filter { !held[rank].contains($0) }
        guard let hottest = open.max(by: { (weights[$0], $0) < (weights[$1], $1) }), let sender = home[hottest] else {
          held[rank][place] = before[rank][place]
          continue
        }
        put(hottest, on: rank, at: place, from: sender)
        weights[hottest] *= Float(Double(slots[hottest]) / Double(slots[hottest] + 1))
        slots[hottest] += 1
      }
      free[rank] = []
    }
    for rank in 0..<ranks { rankLoads[rank] = sum(of: rank) }
  }
}
