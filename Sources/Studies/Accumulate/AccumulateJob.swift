import Diagnostics
import LoadBalancing
import PerformanceModel
import RoutingTrace

/// How many tokens one GPU has to accumulate before fetching experts from its host is hidden, and how fast it then is.
///
/// Steps of the trace are merged to batches of several sizes, all in one reading; what stays on the GPU are the experts
/// with most visits in a first one. For each size micro-batches in powers of two and shares of attention in eighths are
/// tried; see `AccumulatedPass`.
public struct AccumulateJob {
  private let header: TraceHeader
  private let machine: Machine
  private let model: ModelShape
  private let context: Int
  private let batchSizes: [Int]
  private let open: () throws -> any StepSource

  /// - Parameters:
  ///   - batchSizes: steps that make a batch, each 1 or more; doubled from 1 to all when empty.
  ///   - open: opens the steps from the first; called twice.
  /// - Throws: `InputError` (usage) for more than one rank.
  public init(
    header: TraceHeader, machine: Machine, model: ModelShape, context: Int, batchSizes: [Int],
    open: @escaping () throws -> any StepSource
  ) throws(InputError) {
    guard machine.ranks == 1 else {
      throw InputError(
        "accumulating is about one rank with its host, and the machine has \(machine.ranks): give --ranks 1",
        in: "cluster \(machine.name)", status: .usage)
    }
    (self.header, self.machine, self.model, self.context) = (header, machine, model, context)
    (self.batchSizes, self.open) = (batchSizes, open)
  }

  /// - Throws: `InputError`: what the reader finds; (usage) for a trace of both phases.
  public func run() throws -> Accumulation {
    let survey = try TraceSurvey(of: open())
    guard survey.isOfOnePhase else {
      throw InputError(
        "the trace has steps of several phases, which differ in what they keep: give --phase prefill or decode",
        in: "trace '\(header.name)'", status: .usage)
    }
    let pass = try AccumulatedPass(
      cluster: machine.cluster(isDecode: survey.isDecode), model: model, context: context, isDecode: survey.isDecode)
    var notes: [String] = []
    let sizes = sizes(steps: survey.steps, &notes)
    let prices = BatchPrices(pass, header: header, order: (0..<header.layers).map { survey.load.order(ofLayer: $0) })
    var ledgers = sizes.map { AccumulationLedger(batchSize: $0, prices) }
    let counted = CountedSteps(try open(), as: "accumulating")
    while let step = try counted.next() {
      for index in ledgers.indices { ledgers[index].add(step) }
    }
    let batches = ledgers.compactMap { $0.batch() }
    let fitting = batches.filter { $0.tokens <= pass.mostTokens ?? .infinity }
    if let most = pass.mostTokens, fitting.count < batches.count {
      notes.append("The host's memory holds \(Int(most)) tokens beside the weights: larger batches are left out.")
    }
    guard !fitting.isEmpty else {
      throw InputError(
        "the host's memory holds \(Int(pass.mostTokens ?? 0)) tokens beside the weights, fewer than a step has",
        in: "cluster \(machine.name)", status: .usage)
    }
    return Accumulation(
      trace: header.name, cluster: machine.name, model: model.name, experts: header.experts,
      phase: survey.isDecode ? "decode" : "prefill",
      context: context, hidingTokensPerExpert: pass.hidingTokens, accumulate: fitting,
      linkHiddenFrom: Self.hiddenFrom(fitting), notes: notes + self.notes(pass))
  }

  private func sizes(steps: Int, _ notes: inout [String]) -> [Int] {
    guard !batchSizes.isEmpty else {
      let doubled = sequence(first: 1) { 8 * $0 <= 3 * steps ? 2 * $0 : nil }
      return Set(doubled + [max(1, steps)]).sorted()
    }
    if let longest = batchSizes.max(), longest > steps {
      notes.append("The trace has \(steps) steps: larger batches are of all of them.")
    }
    return Set(batchSizes.map { min($0, max(1, steps)) }).sorted()
  }

  private func notes(_ pass: AccumulatedPass) -> [String] {
    var notes: [String] = []
    if pass.isDecode {
      notes.append("Each token of a batch stands for a sequence of its own with \(context) tokens kept.")
      if pass.cpuShares.count == 1 {
        notes.append(
          "All attention is on the GPU: the cluster does not state storage.host.memoryBandwidth, by which its host's "
            + "share would be timed.")
      }
    }
    if header.layers < model.moeLayers {
      notes.append(
        "The trace has \(header.layers) of \(model.moeLayers) MoE layers; the others are taken to be like them.")
    }
    return notes
  }

  private static func hiddenFrom(_ batches: [Accumulation.Batch]) -> Double? {
    batches.reversed().prefix { $0.boundBy != "link" }.last?.tokens
  }
}

extension ExpertLoad {
  /// Experts of a layer, those with most visits first.
  fileprivate func order(ofLayer layer: Int) -> [Int] {
    let loads = Array(self[layer])
    return loads.indices.sorted { (-loads[$0], $0) < (-loads[$1], $1) }
  }
}
