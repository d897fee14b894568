import Diagnostics
import Foundation
import Inspection
import RoutingTrace

/// Finds the workload that has a recording's statistics: per-layer popularity and its drift, sequence lengths,
/// where tokens start if that was recorded, and, by generating and comparing, how alike the tokens of a sequence are and
/// which experts a token chooses together. It keeps nothing of the recording's tokens.
public enum WorkloadFit {
  /// Stretches of the trace whose popularity is kept apart.
  static let segments = 24
  /// Shares are kept as whole numbers of which a layer's mean is this.
  static let resolution = 200.0

  /// - Parameters:
  ///   - name: of the workload.
  ///   - wanted: steps of what it generates, at most those of the recording; about as many as recorded when nil. Prefill
  ///     has fewer sequences then, and decode shorter ones, so that steps stay as large as they are.
  /// - Throws: `InputError` for counts without a known top-k, and for steps that the recording does not have.
  public static func fit(
    _ statistics: TraceStatistics, name: String, steps wanted: Int? = nil
  ) throws(InputError) -> Workload {
    let header = statistics.header
    let recorded = statistics.loads.steps
    if let wanted, !(1...recorded).contains(wanted) {
      throw InputError("\(wanted), expected 1…\(recorded), the recording's", in: "--steps", status: .usage)
    }
    guard let topK = header.topK else {
      throw InputError("the recording does not say its top-k", in: header.name, status: .usage)
    }
    let stretches = statistics.loads.segments(
      min(segments, wanted ?? recorded, header.content == .counts ? recorded : max(1, recorded / 2)))
    let shares = stretches.map { load in
      (0..<header.layers).map { rescaled(load[$0 * header.experts..<($0 + 1) * header.experts], topK: topK) }
    }
    let total = statistics.loads.total
    let table = TablePopularity(
      rows: (0..<header.layers).map { rescaled(total[$0 * header.experts..<($0 + 1) * header.experts], topK: topK) })
    var workload = Workload(
      name: name, header: header, topK: topK, batching: batching(statistics, steps: wanted), popularity: table,
      time: stretches.count > 1 ? Segments(shares: shares) : Steady())
    workload.fittedTo = header.name
    workload.sources = try sources(statistics)
    try requireReadable(workload, of: header)
    if header.content == .tokens {
      let counter = WorkProgress.begin("fitting", .trials)
      defer { counter?.end() }
      CorrelationFit(statistics, counter: counter).calibrate(&workload)
      // The rest was read above, and a drift of the loads is most of the text.
      var steady = workload
      steady.time = Steady()
      try requireReadable(steady, of: header)
    }
    return workload
  }

  /// - Throws: `InputError` for what no workload file can say, such as steps that are too large.
  private static func requireReadable(_ workload: Workload, of header: TraceHeader) throws(InputError) {
    do throws(InputError) {
      _ = try Workload(parsing: workload.yaml, name: workload.name)
    } catch {
      throw InputError("cannot be a workload: \(error.message)", in: header.name, status: .data)
    }
  }

  /// Whole numbers in proportion to the load.
  private static func rescaled(_ load: ArraySlice<UInt64>, topK: Int) -> [Double] {
    let scale = resolution * Double(load.count) / Double(max(1, load.reduce(0, +)))
    var row = load.map { (Double($0) * scale).rounded() }
    // A stretch in which hardly any expert was chosen still needs top-k of them.
    if row.count(where: { $0 > 0 }) < topK { row = row.map { max($0, 1) } }
    return row
  }

  /// Nil unless all steps say where their tokens started.
  ///
  /// - Throws: `InputError` for more ranks than a workload can have.
  private static func sources(_ statistics: TraceStatistics) throws(InputError) -> WorkloadSources? {
    let sources = statistics.sources
    guard sources.steps == statistics.loads.steps, let last = sources.tokens.keys.max() else { return nil }
    guard last < WorkloadSources.maximumRanks else {
      throw InputError(
        "a token's source is rank \(last), a workload has \(WorkloadSources.maximumRanks) at most; "
          + "convert --without sources leaves them out", in: statistics.header.name, status: .data)
    }
    return .shares(
      SourceShares(
        tokens: (0...last).map { sources.tokens[$0] ?? 0 }, meanSquare: sources.meanSquare, steps: sources.steps))
  }

  private static func batching(_ statistics: TraceStatistics, steps: Int?) -> WorkloadBatching {
    let loads = statistics.loads
    let part = Double(steps ?? loads.steps) / Double(max(1, loads.steps))
    let lengths = statistics.sequenceLengths.sorted { $0.key < $1.key }.map(\.value)
    let phase = statistics.header.phase
    guard !lengths.isEmpty, phase == .prefill || phase == .decode else {
      return .fixed(
        steps: steps ?? loads.steps, tokensPerStep: max(1, loads.tokens / max(1, loads.steps)),
        isDecode: phase == .decode)
    }
    var sequences = SequenceLengths(of: lengths)
    if phase == .decode {
      if steps != nil { sequences.scale(by: part) }
      return .decode(sequences, inFlight: loads.mostTokens)
    }
    guard let steps else { return .prefill(sequences, tokensPerStep: loads.mostTokens) }
    sequences.count = max(sequences.stretches.count, Int((Double(lengths.count) * part).rounded()))
    // Whole steps: a last one of a few tokens would weigh as much as the others.
    return .prefill(sequences, tokensPerStep: (sequences.tokens + steps - 1) / steps)
  }
}

extension Workload {
  /// A workload of the shape of a recording.
  init(
    name: String, header: TraceHeader, topK: Int, batching: WorkloadBatching, popularity: any ExpertPopularity,
    time: any TimeProcess
  ) {
    self.name = name
    model = header.model
    content = header.content
    experts = header.experts
    self.topK = topK
    layerNumbers = header.layerNumbers
    phase = header.phase
    hasGateWeights = false
    seed = 0
    self.batching = batching
    self.popularity = popularity
    self.time = time
    correlation = RoutingCorrelation()
  }
}
