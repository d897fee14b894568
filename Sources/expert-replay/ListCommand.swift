import ArgumentParser
import ExpertReplay
import Files

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show the names that options take, one a line.",
    discussion: Examples.text([
      "expert-replay list policies", "expert-replay list systems", "expert-replay list formats",
    ]))

  @Argument(help: "What to list: \(Listing.registry.list).", completion: .names(of: Listing.registry))
  var kind: String

  func run() throws {
    let names = try Listing.registry.named(kind).names()
    let widest = names.map(\.name.count).max() ?? 0
    let lines = names.map { name, summary in
      printable(name + String(repeating: " ", count: widest - name.count + 2) + summary)
    }
    let width = Terminal.ofOutput?.width ?? .max
    try OutputFile.write(lines.map { ($0.count > width ? $0.prefix(width - 1) + "…" : $0) + "\n" }.joined(), to: "-")
  }
}
