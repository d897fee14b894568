import ArgumentParser
import Files
import Reporting
import RoutingTrace

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a trace's shape and how unevenly its experts are loaded.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @Argument(help: "The trace; - is standard input.") var trace: String
  @Option(help: "How to show it: table or json.") var format = Format.table
  @Option(name: .shortAndLong, help: "Where to write it.") var output = "-"

  func run() throws {
    let inspection = try TraceInspection(TraceReader(path: trace))
    let file = try OutputFile(path: output)
    try file.write(format == .json ? try InspectionReport.json(inspection) : InspectionReport.table(inspection))
    try file.commit()
  }
}
