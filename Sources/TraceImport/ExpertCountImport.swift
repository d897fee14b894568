import Containers
import Diagnostics
import Files
import RoutingTrace

/// A row for each layer and expert, `layer,expert,count` under a line of these names: what people write by hand, and
/// what SGLang's recorder wrote in 0.4.5 (`managers/expert_distribution.py`: `layer_id,expert_id,count`, experts
/// without a token left out, `expert_distribution_rank<r>_timestamp<t>.csv`). Ranks are added up.
///
/// SGLang empties its recorder at every dump, so several dumps of a rank are steps, in the order of their times.
struct ExpertCountImport: TraceImport {
  let name = "expert-counts"
  let summary = ".csv with the columns layer, expert, count; all ranks"
  let heeds: Set<ImportOptions.Special> = [.ranks]

  func recognizes(_ sample: SourceSample) -> Bool { ExpertCountTable.isHeader(sample.start.prefix { $0 != 0x0A }) }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    let steps = try Self.steps(sources, options: options)
    var sums: [ExpertCountTable] = []
    var notes: [String] = []
    for (number, files) in steps.enumerated() {
      let first = try ExpertCountTable(csv: FileInput(path: files[0]))
      var (sum, areEqual) = (first, files.count > 1)
      for path in files.dropFirst() {
        let table = try ExpertCountTable(csv: FileInput(path: path))
        areEqual = areEqual && table == first
        try attributing(path) { () throws(InputError) in try sum.add(table) }
      }
      // Without an all-to-all backend every rank chooses experts for all tokens.
      if areEqual { notes.append("all \(files.count) ranks counted the same in step \(number): counted once") }
      sums.append(areEqual ? first : sum)
    }
    let layers = (sums.map(\.largestLayer).max() ?? 0) + 1
    let largest = sums.map(\.largestExpert).max() ?? 0
    let experts = options.expectedExperts ?? likelyExperts(largestID: largest)
    guard largest < experts else {
      throw InputError("expert \(largest), expected an id below \(experts)", in: sources[0])
    }
    guard layers <= TraceHeader.maximumLayers, layers * experts <= TraceHeader.maximumExpertsInAll else {
      throw InputError("\(layers) layers of \(experts) experts", in: sources[0])
    }
    let recording = try attributing(sources[0]) { () throws(InputError) in
      var table = PackedCounts()
      for sum in sums { sum.append(to: &table, layers: layers, experts: experts) }
      return try CountsRecording(layers: layers, experts: experts, table: table)
    }
    return try recording.imported(sources, format: name, options: options, notes: notes)
  }

  /// The files of each step: one of every rank.
  private static func steps(_ sources: [String], options: ImportOptions) throws(InputError) -> [[String]] {
    if let twice = sources.enumerated().first(where: { sources[..<$0.offset].contains($0.element) }) {
      throw InputError("given twice", in: twice.element)
    }
    let ranks = sources.map { RankSet.number(after: "_rank", in: $0) }
    guard !ranks.contains(nil) else { return [sources] }
    let byRank = Dictionary(grouping: zip(ranks.map { $0 ?? 0 }, sources), by: \.0)
      .mapValues { files in files.map(\.1).sorted { time(of: $0) < time(of: $1) } }
    let inOrder = byRank.sorted { $0.key < $1.key }
    try RankSet.check(inOrder.map { ($0.key, $0.value[0]) }, wanted: options.ranks)
    let dumps = inOrder[0].value.count
    if let odd = inOrder.first(where: { $0.value.count != dumps }) {
      throw InputError("rank \(odd.key) dumped \(odd.value.count) times, rank 0 \(dumps) times", in: odd.value[0])
    }
    return (0..<dumps).map { dump in inOrder.map { $0.value[dump] } }
  }

  private static func time(of path: String) -> Double {
    guard let range = path.range(of: "_timestamp", options: .backwards) else { return 0 }
    // The time is followed by the name's ending: timestamp1744347750.37.csv.
    let rest = path[range.upperBound...].prefix { $0.isNumber || $0 == "." }
    return Double(rest.hasSuffix(".") ? rest.dropLast() : rest) ?? 0
  }
}
