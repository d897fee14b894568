import ArgumentParser
import ExpertReplay
import Foundation

/// What a result tells for charts, beyond figures.
struct DetailOptions: ParsableArguments {
  @Flag(
    help: """
      Tell what charts show, too: steps, rank loads, traffic, placements, and what the result was made from; in JSON, for \
      expert-replay report. HTML always tells.
      """)
  var details = false

  @Option(
    help: """
      The number of a layer whose loads and placements charts show. Repeat for several. (default: as many as there is \
      room for, the most uneven first)
      """)
  var chartLayer: [Int] = []

  /// Arguments that say how to replay and where to print, and have no effect on the result; each has a value.
  private static let withoutEffect: Set = ["--threads", "-o", "--output", "--per-step", "--log", "--matrix"]

  /// The same without values.
  private static let flagsWithoutEffect: Set = ["-q", "--quiet", "--verbose"]

  /// - Throws: `ValidationError` for an option that the format shows nothing of.
  func areWanted(by format: ReportFormat) throws -> Bool {
    if format.needs.contains(.details) { return true }
    guard !details || format.name == ReportFormat.json.name else {
      throw ValidationError("--details is for --format json and html, not \(format.name)")
    }
    guard details || chartLayer.isEmpty else { throw ValidationError("--chart-layer needs --details or --format html") }
    return details
  }

  /// - Parameters:
  ///   - policies: as they were asked for, the baseline first.
  ///   - model: of the trace, where none was asked for.
  func request(policies: [String], machines: MachinesOptions, model: String) -> DetailRequest {
    let clusters = machines.cluster.isEmpty ? [MachineOptions.usualCluster] : machines.cluster
    return DetailRequest(
      layers: chartLayer,
      provenance: .init(
        command: Self.command(CommandLine.arguments.dropFirst()),
        files: PresetCatalog.files(policies: policies, clusters: clusters, model: machines.model ?? model)))
  }

  private static func command(_ arguments: ArraySlice<String>) -> [String] {
    var kept: [String] = []
    var isValue = false
    for argument in arguments where isValue || !flagsWithoutEffect.contains(argument) {
      defer { isValue = withoutEffect.contains(argument) }
      let isLeftOut = isValue || withoutEffect.contains { argument == $0 || argument.hasPrefix("\($0)=") }
      if !isLeftOut { kept.append(argument) }
    }
    return kept
  }
}
