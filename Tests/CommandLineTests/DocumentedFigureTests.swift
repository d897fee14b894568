import CommandRunner
import Testing

/// The figures of the guides are what the commands above them print.
@Suite struct DocumentedFigureTests {
  @Test(arguments: zip(DocumentedFigure.documents, [20, 20, 10, 18, 2, 7, 15]))
  func `every figure is what its command prints, to the last digit shown`(file: String, least: Int) throws {
    let figures = try DocumentedFigure.all(in: file)
    #expect(figures.count >= least)
    var cache: [[[String]]: Any] = [:]
    for figure in figures {
      let found = try figure.measured(cache: &cache)
      let place = "docs/\(file):\(figure.line): \(figure.path)"
      guard let found, let (value, tolerance) = figure.number else {
        Issue.record("\(place): shows \(figure.shown), prints \(found.map { "\($0)" } ?? "nothing")")
        continue
      }
      #expect(abs(found - value) <= tolerance * 1.000001, "\(place): shows \(figure.shown), prints \(found)")
    }
  }
}
