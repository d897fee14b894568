import ArgumentParser
import Files

/// For `make install`.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the page for man.", shouldDisplay: false)

  func run() throws {
    try OutputFile.write(ManualPage(CommandDescription(of: ExpertReplayCommand.self)).text, to: "-")
  }
}
