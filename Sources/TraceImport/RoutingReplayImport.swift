import Containers
import Diagnostics
import Files
import RoutingTrace

/// Routing replay of Megatron training in slime and miles (`torch.save`): of each router, the experts of every
/// micro-batch, `[tokens, topK]`, one file for each rank. slime writes a list of lists (THUDM/slime,
/// `slime/utils/routing_replay.py`, `save_all_to_files`), miles the same under `replays` in
/// `rank<r>_routing_replay.pt` (radixark/miles, `miles/utils/debug_utils/run_megatron/worker/replay.py`).
///
/// A micro-batch is a step; the routers are the MoE layers in order, counted from 0, as their numbers are not
/// recorded. Ranks that recorded the same (without sequence parallelism, those of one tensor-parallel group) count
/// once.
struct RoutingReplayImport: TraceImport {
  let name = "routing-replay"
  let summary = "routing_replay.pt of slime and miles, all ranks"
  let heeds: Set<ImportOptions.Special> = [.ranks, .tensorParallel]

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.pickle.map { $0.isList || $0.holds(key: "replays") } ?? false
  }

  /// What one rank recorded: `[routers][micro-batches]` of `[tokens][topK]`.
  private struct Replay {
    var rank: Int
    var path: String
    var topK = 0
    var padding = 0
    var routers: [[[UInt16]]] = []
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    var replays = [Replay]()
    for path in sources {
      let rank = RankSet.number(after: "rank", in: path) ?? 0
      replays.append(
        try attributing(path) { () throws(InputError) in try Self.read(path, rank: rank, notAfter: replays.first) })
    }
    if sources.count > 1 || options.ranks != nil {
      try RankSet.check(replays.map { ($0.rank, $0.path) }, wanted: options.ranks)
    }
    replays.sort { $0.rank < $1.rank }
    var ranks = EqualRanks()
    for replay in replays { ranks.add(rank: replay.rank, content: replay.routers) }
    let groups = try ranks.groups(options)
    var steps = RankedSteps()
    for replay in replays where groups.isKept(rank: replay.rank) {
      for (layer, batches) in replay.routers.enumerated() {
        for (step, ids) in batches.enumerated() where !ids.isEmpty {
          try steps.add(step: step, layer: layer, rank: replay.rank, topK: replay.topK, ids: ids)
        }
      }
    }
    let padding = replays.reduce(0) { $0 + $1.padding }
    let notes = groups.notes + (padding == 0 ? [] : ["\(counted(padding, "row")) of padding (−1) left out"])
    return try steps.imported(
      sources, format: name, experts: nil, options: options, groups: groups, notes: notes)
  }

  private static func read(_ path: String, rank: Int, notAfter first: Replay?) throws(InputError) -> Replay {
    let file = try TorchFile(try readWhole(path))
    let root = file.member("replays", of: file.root) ?? file.root
    guard let routers = file.items(of: root), !routers.isEmpty else {
      throw InputError("neither a list of routers nor one under 'replays'")
    }
    guard routers.count <= TraceHeader.maximumLayers else { throw InputError("\(routers.count) routers") }
    var replay = Replay(rank: rank, path: path)
    for (layer, router) in routers.enumerated() {
      guard let batches = file.items(of: router) else {
        throw InputError("no list of micro-batches", at: .init(layer: layer))
      }
      if let expected = first?.routers.first?.count ?? replay.routers.first?.count, batches.count != expected {
        throw InputError("\(batches.count) micro-batches, others have \(expected)", at: .init(layer: layer))
      }
      var recorded = [[UInt16]]()
      for (step, batch) in batches.enumerated() {
        recorded.append(try Self.ids(batch, of: file, into: &replay, at: .init(step: step, layer: layer)))
      }
      replay.routers.append(recorded)
    }
    return replay
  }

  /// A micro-batch without the rows of padding.
  private static func ids(
    _ batch: Pickled, of file: TorchFile, into replay: inout Replay, at place: InputError.Place
  ) throws(InputError) -> [UInt16] {
    do throws(InputError) {
      let (shape, ids) = try file.integers(
        batch, named: "top_indices", upTo: RoutedArray.none - 1, minusOne: RoutedArray.none)
      guard shape.count == 2, (1...TraceHeader.maximumTopK).contains(shape[1]) else {
        throw InputError("'top_indices' of shape \(shape), expected [tokens, topK]")
      }
      if replay.topK == 0 { replay.topK = shape[1] }
      guard replay.topK == shape[1] else { throw InputError("top-\(shape[1]), others have top-\(replay.topK)") }
      var kept = [UInt16]()
      kept.reserveCapacity(ids.count)
      for start in stride(from: 0, to: ids.count, by: shape[1]) {
        let row = ids[start..<start + shape[1]]
        if row.allSatisfy({ $0 == RoutedArray.none }) {
          if place.layer == 0 { replay.padding += 1 }
        } else if row.contains(RoutedArray.none) {
          throw InputError("token \(start / shape[1]): −1 beside experts")
        } else {
          kept += row
        }
      }
      return kept
    } catch { throw InputError(error.message, at: place) }
  }
}
