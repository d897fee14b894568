import ArgumentParser
import ExpertReplay
import Files
import Foundation

@main
struct ExpertReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expert-replay",
    abstract: "Load a routing trace, try a balancing policy, compare communication time before and after.",
    version: expertReplayVersion,
    subcommands: [
      ReplayCommand.self,
      ReportCommand.self,
      InspectCommand.self,
      PlanCommand.self,
      ScreenCommand.self,
      AdviseCommand.self,
      SweepCommand.self,
      StudyCommand.self,
      ConvertCommand.self,
      GenerateCommand.self,
      FitCommand.self,
      CommCommand.self,
      ValidateCommand.self,
      ListCommand.self,
      ManualCommand.self,
    ])

  /// Runs the command; whatever is wrong becomes one line on standard error and its exit status.
  static func main() {
    StandardStreams.prepare()
    UnfinishedFiles.removeWhenInterrupted { ProgressLine.shared?.end() }
    do {
      try checkSubcommand(CommandLine.arguments.dropFirst())
      var command = try parseAsRoot()
      if let verbosity = (command as? any SpeakingCommand)?.verbosity {
        try verbosity.applied { try command.run() }
      } else {
        try command.run()
      }
    } catch let error as InputError {
      fail(error.description, status: error.status.rawValue)
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess { finish(showing: fullMessage(for: error)) }
      let mistake = UsageMistake(
        message: message(for: error), arguments: Array(CommandLine.arguments.dropFirst()),
        subcommands: configuration.subcommands)
      fail(mistake.line, status: code.rawValue)
    }
  }

  /// Shows help, or a script for completions.
  private static func finish(showing text: String) -> Never {
    do throws(InputError) {
      try OutputFile.write(text + "\n", to: "-")
    } catch { fail(error.description, status: error.status.rawValue) }
    Foundation.exit(0)
  }

  /// - Throws: `InputError` (usage) for a first word that is no subcommand, naming the closest.
  private static func checkSubcommand(_ arguments: ArraySlice<String>) throws(InputError) {
    var known = configuration.subcommands
    for (place, word) in (arguments.first == "help" ? arguments.dropFirst() : arguments).enumerated() {
      let names = known.compactMap { $0.configuration.commandName } + (place == 0 ? ["help"] : [])
      guard !known.isEmpty, !word.hasPrefix("-") else { return }
      guard names.contains(word) else {
        throw InputError("no such subcommand\(suggestion(for: word, in: names))", in: word, status: .usage)
      }
      known = known.first { $0.configuration.commandName == word }?.configuration.subcommands ?? []
    }
  }

  private static func fail(_ message: String, status: Int32) -> Never {
    ProgressLine.shared?.end()
    let line = message.split(separator: "\n").joined(separator: " ")
    standardError("expert-replay: \(printable(line))")
    Foundation.exit(status)
  }
}
