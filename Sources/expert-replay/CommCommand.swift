import ArgumentParser
import ExpertReplay
import Files

struct CommCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "comm",
    abstract: "Price the All-to-All of one bytes matrix.",
    discussion: """
      MATRIX.csv is ranks × ranks bytes, row = source, without a header; the diagonal is free. Of a file that \
      replay --matrix wrote, the first matrix that fits --policy, --step, --layer and --part is priced.

      """
        + Examples.text([
          "expert-replay replay traces/hot-cold.moetrace --matrix bytes.csv",
          "expert-replay comm bytes.csv --cluster h100-cx7 --policy eplb",
        ]))

  @Argument(
    help: "Comma-separated bytes, one row per source rank; or a file of replay --matrix.",
    completion: .file(extensions: ["csv"]))
  var matrix: String
  @OptionGroup(title: "Which matrix of a file of replay --matrix") var selection: MatrixOptions

  @Option(help: "A file, or a name in clusters/.", completion: .names(in: PresetCatalog.clusters))
  var cluster: String

  @Option(
    help: "The phase whose kernels send, where a cluster has several: \(Phase.registry.list).",
    completion: .names(of: Phase.registry))
  var phase = Phase.prefill.rawValue

  @Option(
    help: "Communication model: \(AllToAllModels.registry.list). Default: the cluster's.",
    completion: .names(of: AllToAllModels.registry))
  var allToAll: String?

  @OptionGroup var report: ReportOptions

  @Option(
    help: "Write the packet simulation's rounds to a CSV file: links, NIC use, cumulative time.", completion: .anyFile)
  var log: String?

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var cluster = try Machine(named: cluster).cluster(
      isDecode: Phase.registry.named(phase, option: "--phase") == .decode)
    if let allToAll { cluster = try cluster.priced(by: allToAll) }
    var rounds = PacketLog()
    let recorded = try RecordedMatrix(csv: readText(matrix), name: matrix, selection: selection.selection())
    let price = try MatrixPrice(
      of: recorded.matrix, on: cluster, isCombine: recorded.part == .combine,
      log: log == nil ? nil : { rounds.append($0) })
    let file = try log.map(OutputFile.init(path:))
    try file?.write(PacketLog.header + rounds.text)
    try report.write(MatrixPriceReport(price, clusterName: cluster.name))
    try file?.commit()
  }
}
