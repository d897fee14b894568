import CommandRunner
import Foundation
import Testing

/// A page with a script of the test's in it, which tells what it found.
struct BrowsedPage {
  /// The kinds of pages with charts.
  enum Kind: String, CaseIterable {
    case replay, comparison, screening

    private static let small = ["traces/gpt-oss-20b-like.moetrace", "--ranks", "16", "--steps", "0:64"]

    private static let pages = Result {
      try Dictionary(uniqueKeysWithValues: allCases.map { ($0, try Tool.run($0.arguments)) })
    }

    private var arguments: [String] {
      let policies = ["--policy", "eplb:steps=8", "--policy", "greedy", "--format", "html"]
      return switch self {
      case .replay: ["replay"] + Self.small + policies
      case .comparison: ["replay"] + Self.small + ["--ranks", "32"] + policies
      case .screening: ["screen"] + Self.small + ["--format", "html"]
      }
    }

    func page() throws -> BrowsedPage {
      let outcome = try #require(Self.pages.get()[self])
      #expect(outcome.status == 0, "\(outcome.errors)")
      return BrowsedPage(html: outcome.output)
    }
  }

  let html: String

  /// - Parameters:
  ///   - script: the body of an asynchronous function that returns what it found; `errors` are those of the page, `all`
  ///     lists elements.
  ///   - asPrinted: whether rules for paper are taken on the screen.
  func found<Found: Decodable>(
    _: Found.Type = Found.self, width: Int, isDark: Bool = false, asPrinted: Bool = false, by script: String
  ) throws -> Found {
    let scratch = try Scratch()
    _ = try scratch.file("page.html", prepared(script, isDark: isDark, asPrinted: asPrinted))
    // A window is never as narrow as a telephone, a frame may be.
    let frame = """
      <style>body { margin: 0 } iframe { border: 0; width: \(width)px; height: 1900px }</style>
      <script>addEventListener("message", (event) => document.body.textContent = event.data)</script>
      <body><iframe src="page.html"></iframe></body>
      """
    let file = try scratch.file("frame.html", frame)
    let dom = try Chromium.open(URL(fileURLWithPath: file), "--dump-dom")
    let match = try #require(dom.firstMatch(of: #/FOUND([A-Za-z0-9+/=]+)END/#), "the script did not end")
    return try JSONDecoder().decode(Found.self, from: #require(Data(base64Encoded: String(match.1))))
  }

  private func prepared(_ script: String, isDark: Bool, asPrinted: Bool) -> String {
    let probe = """
      <script>addEventListener("load", async () => {
        const all = (what, where = document) => [...where.querySelectorAll(what)];
        const found = await (async () => { \(script) })();
        parent.postMessage("FOUND" + btoa(unescape(encodeURIComponent(JSON.stringify(found)))) + "END", "*");
      });</script></body>
      """
    var page = html.replacing("</body>", with: probe).replacing(
      "<style>",
      with: """
        <script>const errors = []; addEventListener("error", (event) => errors.push(event.message));
        addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
        console.error = (text) => errors.push(text);</script><style>
        """)
    if isDark { page = page.replacing("prefers-color-scheme: dark", with: "min-width: 1px") }
    return asPrinted ? page.replacing("@media print", with: "@media screen") : page
  }
}
