/// Finds the first anchor (`&name`) or alias (`*name`) of a YAML text.
///
/// A few nested aliases stand for more values than a machine has memory, and a parser hashes them all where one is a key,
/// so they have to be found before the text is parsed. Only as much of YAML is read here as tells where a node can begin
/// (YAML 1.2.2, chapters 6 to 8): quoted and plain scalars, block scalars and comments are passed over. Where a plain
/// scalar goes on in a new line, a word that begins with `*` or `&` counts too; it can be quoted.
struct YAMLReferences {
  private let text: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  /// Where the line begins.
  private var lineStart = 0
  /// Brackets that are open.
  private var depth = 0
  /// Column of the innermost key or dash of the line: a block scalar's lines are indented more. Nil where there is none.
  private var owner: Int?

  init(_ text: String) { self.text = Array(text.unicodeScalars) }

  /// Its line and its text; nil without any.
  mutating func first() -> (line: Int, name: String)? {
    if at(0) == "\u{FEFF}" { position += 1 }
    passDocumentMark()
    while position < text.count {
      let scalar = text[position]
      switch scalar {
      case _ where Self.isBreak(scalar): newLine()
      case " ", "\t", "\u{FEFF}": position += 1
      case "&", "*":
        guard let next = at(1), !Self.isBlank(next) else { return (line, String(scalar)) }
        return (line, word())
      case "#": skip { !Self.isBreak($0) }
      case "\"", "'": skipQuoted(scalar)
      case "!": skip { !Self.isBlank($0) }
      case "[", "{":
        depth += 1
        position += 1
      case "]", "}":
        depth = max(0, depth - 1)
        position += 1
      case "," where depth > 0: position += 1
      case "-", "?", ":":
        if isIndicator(scalar) { passIndicator(scalar) } else { skipPlain() }
      case "|" where depth == 0, ">" where depth == 0: skipBlockScalar()
      default: skipPlain()
      }
    }
    return nil
  }

  private func at(_ offset: Int) -> Unicode.Scalar? {
    position + offset < text.count ? text[position + offset] : nil
  }

  private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }

  /// Whether it ends a plain scalar within brackets.
  private static func endsInBrackets(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ",", "[", "]", "{", "}": true
    default: false
    }
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || isBreak(scalar)
  }

  private mutating func newLine() {
    if text[position] == "\r", at(1) == "\n" { position += 1 }
    position += 1
    line += 1
    lineStart = position
    owner = nil
    passDocumentMark()
  }

  /// `---` begins a document, and a node may follow it.
  private mutating func passDocumentMark() {
    if let head = at(0), head == "-" || head == ".", at(1) == head, at(2) == head, at(3).map(Self.isBlank) ?? true {
      position += 3
    }
  }

  private mutating func skip(while isPart: (Unicode.Scalar) -> Bool) {
    while position < text.count, isPart(text[position]) { position += 1 }
  }

  private mutating func word() -> String {
    let start = position
    skip { !Self.isBlank($0) && !Self.endsInBrackets($0) }
    return String(String.UnicodeScalarView(text[start..<position].prefix(40)))
  }

  /// A dash, question mark or colon that is no part of a plain scalar.
  private func isIndicator(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == ":" && depth > 0 { return true }
    return at(1).map { Self.isBlank($0) || depth > 0 && Self.endsInBrackets($0) } ?? true
  }

  private mutating func passIndicator(_ scalar: Unicode.Scalar) {
    if scalar != ":" { owner = position - lineStart }
    position += 1
  }

  private mutating func skipQuoted(_ quote: Unicode.Scalar) {
    let column = position - lineStart
    position += 1
    while position < text.count, text[position] != quote {
      if Self.isBreak(text[position]) {
        newLine()
      } else {
        position += quote == "\"" && text[position] == "\\" ? 2 : 1
      }
    }
    position = min(text.count, position + 1)
    owner = column
  }

  private mutating func skipPlain() {
    owner = position - lineStart
    position += 1
    while let scalar = at(0), !Self.isBreak(scalar) {
      if depth > 0, Self.endsInBrackets(scalar) { return }
      if scalar == ":", at(1).map(Self.isBlank) ?? true { return }
      if scalar == "#", Self.isBlank(text[position - 1]) { return }
      position += 1
    }
  }

  private mutating func skipBlockScalar() {
    let parent = owner ?? position - lineStart - 1
    skip { !Self.isBreak($0) }
    while position < text.count {
      var end = position + (text[position] == "\r" && at(1) == "\n" ? 2 : 1)
      let start = end
      while end < text.count, text[end] == " " { end += 1 }
      let isEmpty = end == text.count || Self.isBreak(text[end])
      guard isEmpty || end - start > parent else { return }
      position = end
      line += 1
      lineStart = start
      skip { !Self.isBreak($0) }
    }
  }
}
