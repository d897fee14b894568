import ArgumentParser
import Diagnostics
import Files
import PerformanceModel
import Reporting

struct CommCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "comm",
    abstract: "Price the All-to-All of one bytes matrix.",
    discussion: "MATRIX.csv is ranks × ranks bytes, row = source, without a header; the diagonal is free.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @Argument(help: "Comma-separated bytes, one row per source rank.")
  var matrix: String

  @Option(help: "A file, or a name in clusters/.")
  var cluster: String

  @Option(help: "Communication model: \(AllToAllRegistry.names.joined(separator: ", ")). Default: the cluster's.")
  var allToAll: String?

  @Option(help: "What to print.")
  var format: Format = .table

  func run() throws {
    let file = try Catalog("clusters").load(cluster)
    var cluster = try Cluster(settings: Settings(parsing: file.text, name: file.path))
    if let allToAll { cluster = try cluster.priced(by: allToAll) }
    let price = try MatrixPrice(of: BytesMatrix(csv: readText(matrix), name: matrix), on: cluster)
    let report = MatrixPriceReport(price, clusterName: cluster.name)
    print(try format == .json ? report.json() : report.table(), terminator: "")
  }
}
