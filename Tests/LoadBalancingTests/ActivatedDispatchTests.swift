import Diagnostics
import LoadBalancing
import Testing

/// METRO's rule: one replica for each expert that is visited, and few of them on any rank.
@Suite struct ActivatedDispatchTests {
  /// Few tokens, so that only some experts are visited.
  private func small(_ seed: UInt64) -> DispatchCase {
    var item = DispatchCase(seed: seed)
    item.sources.removeLast(item.sources.count * 9 / 10)
    item.experts.removeLast(item.experts.count - item.sources.count * item.topK)
    return item
  }

  private func rule(_ section: String) throws -> any ReplicaDispatch {
    let kind = DispatchRules.registry
    let settings = try Settings(parsing: section, name: "p.yaml")
    let rule = try settings.choice("kind", of: kind)(settings)()
    try settings.rejectUnknownKeys()
    return rule
  }

  /// Experts that the rank with the most of them has to read.
  private func most(_ slots: [Int], of placement: LayerPlacement) -> Int {
    var experts: [Int: Set<Int>] = [:]
    for slot in slots { experts[placement.rank(ofSlot: slot), default: []].insert(placement.physicalToLogical[slot]) }
    return experts.values.map(\.count).max() ?? 0
  }

  @Test func `every visit goes to a holder, and all of an expert to one`() {
    for seed in 0..<300 {
      let item = small(UInt64(seed))
      for isExact in [false, true] {
        var rule = ActivatedDispatch(isExact: isExact)
        let slots = item.assign(&rule)
        #expect(slots.map { item.placement.physicalToLogical[$0] } == item.experts.map { Int($0) })
        #expect(Set(slots).count == Set(item.experts).count)
        #expect(item.assign(&rule) == slots)
      }
    }
  }

  @Test func `no choice of replicas has a lower greatest number than the exact one`() {
    for seed in 0..<300 {
      let item = small(UInt64(seed))
      var rule = ActivatedDispatch(isExact: true)
      let found = most(item.assign(&rule), of: item.placement)
      let ranksOf = Set(item.experts).sorted().map { expert in
        Array(Set(item.placement.slots(ofExpert: Int(expert)).map(item.placement.rank(ofSlot:)))).sorted()
      }
      // All choices, one expert after another.
      var choices: Set<[Int]> = [Array(repeating: 0, count: item.placement.ranks)]
      for ranks in ranksOf {
        choices = Set(choices.flatMap { counts in ranks.map { rank in counts.adding(1, at: rank) } })
      }
      #expect(found == choices.map { $0.max() ?? 0 }.min())
    }
  }

  @Test func `greedy is never below the exact one, and above it somewhere`() {
    var above = 0
    for seed in 0..<300 {
      let item = small(UInt64(seed))
      var (greedy, exact) = (ActivatedDispatch(), ActivatedDispatch(isExact: true))
      let (quick, least) = (
        most(item.assign(&greedy), of: item.placement), most(item.assign(&exact), of: item.placement)
      )
      #expect(quick >= least)
      above += quick - least
    }
    #expect(above > 0)
  }

  @Test func `no other rule has fewer experts on the rank with the most`() {
    for seed in 0..<100 {
      let item = small(UInt64(seed))
      var exact = ActivatedDispatch(isExact: true)
      let least = most(item.assign(&exact), of: item.placement)
      for var other in ServerDispatchTests.all + [EvenDispatch(), NearestDispatch(), OptimalDispatch()] {
        #expect(least <= most(item.assign(&other), of: item.placement))
      }
    }
  }

  @Test func `loads alone tell where visits go`() {
    for seed in 0..<200 {
      let item = small(UInt64(seed))
      var load = Array(repeating: 0.0, count: item.placement.experts)
      for expert in item.experts { load[Int(expert)] += 1 }
      for isExact in [false, true] {
        var rule = ActivatedDispatch(isExact: isExact)
        let shares = rule.expectedShares(load: load, source: 0, in: item.context)
        #expect(item.assign(&rule).allSatisfy { shares[$0] == 1 })
        for expert in 0..<item.placement.experts {
          #expect(abs(item.placement.slots(ofExpert: expert).reduce(0) { $0 + shares[$1] } - 1) < 1e-9)
        }
      }
    }
  }

  @Test func `greedy takes experts with few ranks first, and the lowest of equals`() {
    // Expert 0 is on both ranks, 1 on rank 0, 2 on rank 1.
    var item = DispatchCase(seed: 0)
    item.placement = LayerPlacement(experts: 3, ranks: 2, physicalToLogical: [0, 1, 0, 2])
    item.topK = 1
    item.sources = [0, 0]
    item.experts = [0, 1]
    var rule = ActivatedDispatch()
    #expect(item.assign(&rule) == [2, 1])
    item.sources = [0, 0, 0]
    item.experts = [0, 1, 2]
    #expect(item.assign(&rule) == [0, 1, 3])
  }

  @Test func `options are read`() throws {
    #expect(try rule("{kind: activated}").overheadMicroseconds == 0)
    #expect(try rule("{kind: activated, overheadMicroseconds: 40}").overheadMicroseconds == 40)
    // Only the exact rule has the optimum of every case.
    let seeds = 0..<300 as Range<UInt64>
    for (section, isExact) in [("greedy", false), ("exact", true)] {
      var named = try rule("{kind: activated, solve: \(section)}")
      var made = ActivatedDispatch(isExact: isExact)
      for seed in seeds { #expect(small(seed).assign(&named) == small(seed).assign(&made)) }
    }
  }

  @Test(arguments: [
    ("solve: exct", "p.yaml: line 1: solve: unknown 'exct'; did you mean 'exact'?"),
    ("solved: exact", "did you mean 'solve'?"),
    ("overheadMicroseconds: -1", "overheadMicroseconds: -1.0 is outside"),
  ])
  func `mistakes are one line`(option: String, message: String) throws {
    let error = #expect(throws: InputError.self) { try rule("{kind: activated, \(option)}") }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}

extension [Int] {
  fileprivate func adding(_ value: Int, at index: Int) -> [Int] {
    var changed = self
    changed[index] += value
    return changed
  }
}
