import ArgumentParser
import ExpertReplay
import Files
import Reporting

struct ListCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show the names that options take, one a line.",
    discussion: Examples.text([
      "expert-replay list policies", "expert-replay list systems", "expert-replay list formats",
    ]))

  @Argument(help: "What to list: \(Listing.registry.list).", completion: .names(of: Listing.registry))
  var kind: String

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let names = try Listing.registry.named(kind).names()
    try OutputFile.write(NameList.text(names, style: Terminal.style), to: "-")
  }
}
