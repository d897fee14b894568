import ArgumentParser
import ExpertReplay
import Files
import Reporting

/// Files of what a replay sends.
struct TrafficOptions: ParsableArguments {
  @Option(
    help: "Write the packet simulation's rounds to a CSV file, of all policies, by step and layer, as comm --log does.",
    completion: .anyFile)
  var log: String?
  @Option(
    help: "Write the bytes from rank to rank to a CSV file, of all policies, by step and layer, for comm to price.",
    completion: .anyFile)
  var matrix: String?

  /// - Parameters:
  ///   - settings: of one machine, if a file is asked for.
  ///   - policies: names, the baseline first.
  /// - Throws: `InputError` (usage) for a communication model without rounds to log.
  func files(of settings: [ReplaySetting], policies: [String]) throws -> TrafficFiles {
    let files = TrafficFiles()
    guard log != nil || matrix != nil else { return files }
    guard settings.count == 1 else {
      throw ValidationError("--log and --matrix are of one machine: give one --cluster and one --ranks")
    }
    let setting = settings[0]
    if let log {
      try files.add(log, ReplayedTraffic.rounds(of: setting, policies: policies), header: ReplayedTraffic.logHeader)
    }
    if let matrix {
      let header = ReplayedTraffic.matrixHeader(ranks: setting.cluster.ranks)
      try files.add(matrix, ReplayedTraffic.matrices(of: setting, policies: policies), header: header)
      if setting.header.content == .counts {
        Remarks.note("\(matrix): expected bytes, as the trace holds counts")
      }
    }
    return files
  }
}

/// Files that grow with the replay and get their names at its end.
final class TrafficFiles {
  private var files: [(file: OutputFile, texts: TrafficTexts)] = []
  private var failure: (any Error)?

  var observers: [any TrafficObserver] { files.map(\.texts) }

  func add(_ path: String, _ texts: TrafficTexts, header: String) throws {
    let file = try OutputFile(path: path)
    try file.write(header)
    files.append((file, texts))
  }

  /// The steps to replay, which tell the files their numbers.
  func numbered(_ source: any StepSource) -> any StepSource {
    files.reduce(source) { $1.texts.numbered($0) }
  }

  /// Writes the steps that every policy is done with; what fails is thrown by `commit()`.
  func write() {
    do {
      for (file, texts) in files where failure == nil { try file.write(texts.take()) }
    } catch { failure = error }
  }

  func commit() throws {
    if let failure { throw failure }
    for (file, _) in files { try file.commit() }
  }
}
