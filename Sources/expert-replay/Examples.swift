/// Commands at the end of a help page; tests run each in a folder with the shipped traces.
enum Examples {
  static func text(_ commands: [String]) -> String {
    "Examples:\n\n" + commands.map { "  " + $0 }.joined(separator: "\n")
  }
}
