import ArgumentParser

@main
struct ExpertReplay: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "expert-replay")
}
