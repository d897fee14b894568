import ArgumentParser
import Foundation

/// A command as ArgumentParser describes it for tools.
struct CommandDescription: Decodable {
  struct Argument: Decodable {
    enum Kind: String, Decodable { case positional, option, flag }

    struct Name: Decodable {
      var kind: String
      var name: String

      /// As it is typed.
      var text: String { (kind == "long" ? "--" : "-") + name }
    }

    var kind: Kind
    var shouldDisplay: Bool
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var sectionTitle: String?
    var abstract: String?
  }

  var commandName: String
  var abstract: String?
  var discussion: String?
  var shouldDisplay: Bool
  var arguments: [Argument]?
  var subcommands: [CommandDescription]?

  private struct Tool: Decodable { var command: CommandDescription }

  init(of command: any ParsableCommand.Type) throws {
    self = try JSONDecoder().decode(Tool.self, from: Data(command._dumpHelp().utf8)).command
  }

  /// Those that help shows, but help itself, which every command has.
  var shownSubcommands: [CommandDescription] {
    (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
  }

  func arguments(_ kinds: Set<Argument.Kind>) -> [Argument] {
    (arguments ?? []).filter { $0.shouldDisplay && kinds.contains($0.kind) && !isForEvery($0) }
  }

  private func isForEvery(_ argument: Argument) -> Bool {
    ["help", "version"].contains { name in argument.names?.contains { $0.name == name } == true }
  }
}
