import ArgumentParser
import Diagnostics
import Foundation

@main
struct ExpertReplay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expert-replay",
    abstract: "Load a routing trace, try a balancing policy, compare communication time before and after.",
    subcommands: [
      ReplayCommand.self,
      InspectCommand.self,
      PlanCommand.self,
      ConvertCommand.self,
      GenerateCommand.self,
      FitCommand.self,
      CommCommand.self, ValidateCommand.self,
    ])

  /// Runs the command; an `InputError` becomes one line on standard error and its exit status.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as InputError {
      FileHandle.standardError.write(Data("expert-replay: \(error)\n".utf8))
      Foundation.exit(error.status.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}
